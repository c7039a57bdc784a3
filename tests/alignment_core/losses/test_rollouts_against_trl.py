"""GRPO, Dr. GRPO, DAPO and RLOO beside TRL 1.16.0, from rewards to the gradient of each token.

Both learn from the same samples, rewards and token log-probs; see data/make_trl_rollout_losses.py.
Our trainers run here with their advantages, divisors and figures, on log-probs that are given.

Where the conventions differ:
- TRL's `bnpo` and `dapo` are both our aggregation "token": its bnpo divides by the tokens of a
  micro-batch, its dapo, as ours, by those of the whole step. Both are the same for one micro-batch.
- TRL's `delta` bounds the ratio of good samples as well, which beyond 1 + ε changes nothing: it is
  our `dual_clip`.
- TRL takes the overlong penalty as one more reward; so does ours, but dynamic sampling looks at
  the rewards without it.
- Neither bounds the KL, but ours goes on along the tangent of k3's exponential where a token has
  become e^20 times less likely than under the reference, which no sample of the policy's own is.
- Of CISPO, TRL is given the bound of the ratio, ours how far it is above 1.
- TRL 1.16 has no PPO: see test_ppo_rederived.py.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from alignment_core.configs import method_config
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.advantages import overlong_penalty
from alignment_core.methods.grpo import GRPOObjective
from alignment_core.methods.rloo import RLOOObjective
from alignment_core.sampling.rollout import TokenValues
from tests.alignment_core.given_rollouts import GivenForward, given_rollout

THEIRS = json.loads((Path(__file__).parent / "data" / "trl_rollout_losses.json").read_text())
N_SAMPLES, BETA = THEIRS["n_samples"], THEIRS["beta"]
PLACES = [divmod(number, N_SAMPLES) for number in range(len(THEIRS["rewards"]))]
TWO_SIDED = 1.6
LOWEST, HIGHEST = THEIRS["bounds"]
BOUNDED = {"importance_lowest": LOWEST, "importance_highest": HIGHEST}
SETTINGS = {
    "grpo": ("grpo", {"kl_coefficient": 0.0}),
    "grpo_kl": ("grpo", {"kl_coefficient": BETA}),
    "grpo_clip_higher": ("grpo", {"kl_coefficient": 0.0, "clip_high": 0.5}),
    "grpo_two_sided": ("grpo", {"kl_coefficient": 0.0, "dual_clip": TWO_SIDED}),
    "bnpo": ("grpo", {"kl_coefficient": 0.0, "aggregation": "token"}),
    "dr_grpo": ("dr_grpo", {}),
    "dr_grpo_kl": ("dr_grpo", {"kl_coefficient": BETA}),
    "dapo": ("dapo", {"overlong_buffer": 0.0}),
    "dapo_kl": ("dapo", {"overlong_buffer": 0.0, "kl_coefficient": BETA}),
    "gspo": ("gspo", {"clip_range": 0.1, "clip_high": 0.15}),
    "gspo_kl": ("gspo", {"clip_range": 0.1, "clip_high": 0.15, "kl_coefficient": BETA}),
    "cispo": ("cispo", {"clip_high": 0.25}),
    "cispo_kl": ("cispo", {"clip_high": 0.25, "kl_coefficient": BETA}),
    "token_truncate": ("grpo", {"kl_coefficient": 0.0, **BOUNDED}),
    "token_mask": ("grpo", {"kl_coefficient": BETA, **BOUNDED}),
    "sequence_truncate": ("grpo", {"kl_coefficient": 0.0, **BOUNDED}),
    "sequence_mask": ("grpo", {"kl_coefficient": 0.0, "n_passes": 1, **BOUNDED}),
    "dapo_first_update": ("dapo", {"overlong_buffer": 0.0, "n_passes": 1}),
    "rloo": ("rloo", {"kl_coefficient": 0.0}),
    "rloo_kl": ("rloo", {"kl_coefficient": BETA}),
    "rloo_clip_higher": ("rloo", {"kl_coefficient": 0.0, "clip_high": 0.5}),
}


def grouped(values):
    """What is given for each sample, in rows of one prompt's."""
    values = list(values)
    return [values[start : start + N_SAMPLES] for start in range(0, len(values), N_SAMPLES)]


def values_of(name):
    rows = [torch.tensor(row, dtype=torch.float64) for row in THEIRS[name]]
    return TokenValues(dict(zip(PLACES, rows, strict=True)))


def objective_of(method, settings):
    """A trainer that has sampled what TRL has."""
    objective = {"rloo": RLOOObjective}.get(method, GRPOObjective)
    config = method_config(
        method,
        {
            "rewards": [{"kind": "length"}],
            "max_new_tokens": THEIRS["longest"],
            "n_samples": N_SAMPLES,
            "n_passes": 2,
            **settings,
        },
    )

    class WithGivenLogProbs(objective):
        def __init__(self):
            self.context = SimpleNamespace(config=config, device=torch.device("cpu"))
            self.forward = None
            self.next_running_std = 0.0
            self.rollout = given_rollout(
                grouped(map(len, THEIRS["policy"])),
                grouped(THEIRS["rewards"]),
                grouped(THEIRS["sampler"]),
            )

        def log_probs(self, forward):
            return values_of("old")

        def reference_log_probs(self):
            return values_of("reference")

    return WithGivenLogProbs()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_trainer_learns_what_trls_learns(name):
    method, settings = SETTINGS[name]
    if "importance_highest" in settings:
        settings = {**settings, "importance_correction": name}
    theirs = THEIRS["rloo" if method == "rloo" else "grpo"][name]
    objective, totals = objective_of(method, settings), Totals()
    policy = values_of("policy").by_sample
    for row in policy.values():
        row.requires_grad_()
    objective.forward = GivenForward(policy)
    objective.prepare_rollout(totals)
    loss = objective.loss([0, 1], totals) / objective.divisor([0, 1])
    loss.backward()
    torch.testing.assert_close(
        objective.advantages.flatten(),
        torch.tensor(theirs["advantages"], dtype=torch.float64),
        rtol=1e-10,
        atol=0,
    )
    assert loss.item() == pytest.approx(theirs["loss"], rel=1e-10)
    for row, gradient in zip(policy.values(), theirs["gradient"], strict=True):
        assert row.grad.tolist() == pytest.approx(gradient, rel=1e-10, abs=1e-14)
    assert_same_figures(totals.means(), theirs["metrics"], n_tokens_a_sample=method == "rloo")


def assert_same_figures(ours, theirs, *, n_tokens_a_sample):
    """TRL counts in float32; its KL of RLOO is a token's, ours, as everywhere, a sequence's."""
    theirs = dict(theirs)
    if n_tokens_a_sample and "kl" in theirs:
        n_tokens = sum(map(len, THEIRS["policy"]))
        in_all = theirs.pop("kl") * n_tokens
        assert ours["objective/kl"] * len(PLACES) == pytest.approx(in_all, rel=1e-6)
    for figure, value in theirs.items():
        assert ours[figure] == pytest.approx(value, rel=1e-6), figure


def test_the_overlong_penalty_equals_trls():
    lengths = torch.tensor([len(row) for row in THEIRS["policy"]])
    ours = overlong_penalty(lengths, longest=THEIRS["longest"], buffer=THEIRS["buffer"])
    assert ours.tolist() == pytest.approx(THEIRS["overlong"], rel=1e-12)
