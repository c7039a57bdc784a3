"""PPO beside a plain derivation from its papers, number by number.

TRL 1.16 has no PPO any more, in neither `trl` nor `trl.experimental`, so there is nothing of it to
compare with. Here everything follows the published formulas in plain numbers, and advantages are
the sums they are defined by, without recursion. Our trainer runs on the same given log-probs and
values.
"""

import math
import statistics
from itertools import chain
from types import SimpleNamespace

import pytest
import torch

from alignment_core.configs import method_config
from alignment_core.evaluation.metrics import Totals
from alignment_core.methods.ppo import PPOObjective
from alignment_core.sampling.rollout import TokenValues
from tests.alignment_core.given_rollouts import GivenForward, given_rollout

SCORES = [1.5, -0.5, 0.25]
LENGTHS = [3, 2, 4]
N_TOKENS = sum(LENGTHS)
KL, GAMMA, LAMBDA, CLIP, VALUE_CLIP, VALUE_WEIGHT = 0.2, 0.9, 0.8, 0.2, 0.1, 0.1


def drawn(seed, around=None, *, by=1.0):
    """A number for each token of each sample, within so much of others or of 0."""
    generator = torch.Generator().manual_seed(seed)
    middle = around or [[0.0] * n for n in LENGTHS]
    return [
        [centre + by * (2 * float(torch.rand((), generator=generator)) - 1) for centre in row]
        for row in middle
    ]


def flat(rows):
    return list(chain.from_iterable(rows))


OLD = [[value - 1.5 for value in row] for row in drawn(0)]
POLICY, REFERENCE = drawn(1, OLD, by=0.6), drawn(2, OLD, by=0.5)
OLD_VALUES = drawn(3)
VALUES = drawn(5, OLD_VALUES, by=0.8)


def derived(*, whiten_rewards):
    """Advantages, returns, loss and its gradients, as in the papers."""
    rewards = [
        [-KL * (old - reference) for old, reference in zip(*rows, strict=True)]
        for rows in zip(OLD, REFERENCE, strict=True)
    ]
    for row, score in zip(rewards, SCORES, strict=True):
        row[-1] += score
    if whiten_rewards:
        everything = flat(rewards)
        mean, unit = statistics.mean(everything), statistics.stdev(everything)
        rewards = [[(value - mean) / unit + mean for value in row] for row in rewards]
    advantages, returns = [], []
    for row, values in zip(rewards, OLD_VALUES, strict=True):
        following = [*values[1:], 0.0]
        error = [
            r + GAMMA * then - now for r, then, now in zip(row, following, values, strict=True)
        ]
        advantages.append(
            [
                sum((GAMMA * LAMBDA) ** far * later for far, later in enumerate(error[place:]))
                for place in range(len(error))
            ]
        )
        returns.append([a + v for a, v in zip(advantages[-1], values, strict=True)])
    everything = flat(advantages)
    mean, unit = statistics.mean(everything), statistics.stdev(everything)
    return [[(value - mean) / unit for value in row] for row in advantages], returns


def derived_loss(advantages, returns):
    """The mean over tokens, and its slope in each token's log-prob and value."""
    loss, slopes, value_slopes = 0.0, [], []
    for sample in range(len(LENGTHS)):
        for place in range(LENGTHS[sample]):
            advantage, target = advantages[sample][place], returns[sample][place]
            ratio = math.exp(POLICY[sample][place] - OLD[sample][place])
            held = min(max(ratio, 1 - CLIP), 1 + CLIP)
            is_free = ratio * advantage <= held * advantage  # the smaller gain counts
            loss -= (ratio if is_free else held) * advantage / N_TOKENS
            slopes.append(-ratio * advantage / N_TOKENS if is_free else 0.0)
            value, old = VALUES[sample][place], OLD_VALUES[sample][place]
            near = min(max(value, old - VALUE_CLIP), old + VALUE_CLIP)
            worse = (value - target) ** 2 >= (near - target) ** 2
            off = (value if worse else near) - target
            loss += VALUE_WEIGHT * 0.5 * off**2 / N_TOKENS
            moves = worse or near == value
            value_slopes.append(VALUE_WEIGHT * off / N_TOKENS if moves else 0.0)
    return loss, slopes, value_slopes


def by_sample(rows, *, learns=False):
    tensors = [torch.tensor(row, dtype=torch.float64, requires_grad=learns) for row in rows]
    return {(prompt, 0): row for prompt, row in enumerate(tensors)}


class WithGivenValues(PPOObjective):
    """The trainer, after it has sampled."""

    def __init__(self, **settings):
        config = method_config(
            "ppo",
            {
                "rewards": [{"kind": "length"}],
                "kl_coefficient": KL,
                "gamma": GAMMA,
                "gae_lambda": LAMBDA,
                "clip_range": CLIP,
                "value_clip": VALUE_CLIP,
                "value_coefficient": VALUE_WEIGHT,
                **settings,
            },
        )
        self.context = SimpleNamespace(config=config, device=torch.device("cpu"))
        self.policy, self.values = by_sample(POLICY, learns=True), by_sample(VALUES, learns=True)
        self.forward, self.value_forward = GivenForward(self.policy), None
        self.kl_coefficient = KL
        self.rollout = given_rollout([[n] for n in LENGTHS], [[score] for score in SCORES])

    def log_probs(self, forward):
        return TokenValues(by_sample(OLD))

    def reference_log_probs(self):
        return TokenValues(by_sample(REFERENCE))

    def measure_tokens(self, forward, measure, rollout):
        return TokenValues(by_sample(OLD_VALUES))

    def _values(self, examples):
        return torch.cat([self.values[int(example.id), 0] for example in examples])


@pytest.mark.parametrize("whiten_rewards", [False, True])
def test_ppo_learns_what_its_papers_say(whiten_rewards):
    objective, totals = WithGivenValues(whiten_rewards=whiten_rewards), Totals()
    objective.prepare_rollout(totals)
    advantages, returns = derived(whiten_rewards=whiten_rewards)
    near = {"rel": 1e-6, "abs": 1e-8}  # whitening adds 1e-8 to the variance
    assert objective.advantages.flat().tolist() == pytest.approx(flat(advantages), **near)
    assert objective.returns.flat().tolist() == pytest.approx(flat(returns), **near)
    everyone = range(len(LENGTHS))
    loss = objective.loss(everyone, totals) / objective.divisor(everyone)
    loss.backward()
    expected, slopes, value_slopes = derived_loss(advantages, returns)
    assert loss.item() == pytest.approx(expected, **near)
    for learnt, expected_slopes in ((objective.policy, slopes), (objective.values, value_slopes)):
        gradients = [slope for row in learnt.values() for slope in row.grad.tolist()]
        assert gradients == pytest.approx(expected_slopes, **near)
        assert 0.0 in gradients  # some are held by the clip, some are not
        assert sum(slope != 0.0 for slope in gradients) > 2


def test_the_weight_of_the_kl_is_steered_by_the_nats_of_a_sequence():
    objective = WithGivenValues(kl_target=6.0, kl_horizon=100.0)
    objective.prepare_rollout(Totals())
    nats = sum(sum(old) - sum(reference) for old, reference in zip(OLD, REFERENCE, strict=True))
    error = max(-0.2, min(0.2, nats / len(LENGTHS) / 6.0 - 1))
    assert error == -0.2  # far below the target: the weight falls as fast as it may
    expected = KL * (1 + error * len(LENGTHS) / 100.0)
    assert objective.kl_coefficient == pytest.approx(expected)
