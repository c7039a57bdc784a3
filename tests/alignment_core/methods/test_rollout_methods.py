"""Every method that learns from samples, held against its definition on a tiny model."""

import json

import pytest
import torch

from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.advantages import group_advantages
from alignment_core.models.loading import load_policy
from alignment_core.trainers.rollout_figures import SAMPLES
from tests.alignment_core.rollout_runs import (
    METHOD_SETTINGS,
    SAME,
    first_update,
    gradients_of,
    in_float64,
    objective_of,
    plain_log_probs,
)
from tests.alignment_core.small_runs import metrics_of, train_here

CPU = torch.device("cpu")


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_the_split_into_micro_batches_changes_nothing(method, rollout_run):
    objective = in_float64(objective_of(rollout_run(method)))
    update = first_update(objective)
    loss, gradient = gradients_of(objective, update)
    assert gradient.norm() > 0
    for token_budget in (1, 150):
        other_loss, other = gradients_of(objective, update, token_budget=token_budget)
        assert other_loss == pytest.approx(loss, rel=1e-6, abs=1e-9)
        assert (other - gradient).norm() <= 1e-6 * gradient.norm()


@pytest.mark.parametrize("aggregation", ["sequence", "token", "constant"])
def test_the_first_update_follows_the_gradient_of_its_definition(aggregation, rollout_run):
    directory = rollout_run("grpo", aggregation=aggregation, kl_coefficient=0.0, n_passes=1)
    objective = in_float64(objective_of(directory))
    update = first_update(objective)
    _, gradient = gradients_of(objective, update)
    rollout = objective.rollout
    advantages = group_advantages(rollout.scores.total)
    n_rows, n_tokens = rollout.n_samples, int(rollout.n_tokens.sum())
    objective.module.zero_grad()
    for example, of_prompt in zip(rollout.examples, advantages, strict=True):
        for ids, advantage in zip(example.completions, of_prompt, strict=True):
            divisor = {
                "sequence": n_rows * len(ids),
                "token": n_tokens,
                "constant": n_rows * objective.context.config.max_new_tokens,
            }[aggregation]
            log_prob = plain_log_probs(objective.module, example, ids).sum()
            (-advantage * log_prob / divisor).backward()
    expected = torch.cat(
        [w.grad.flatten() for w in objective.module.parameters() if w.grad is not None]
    )
    assert (gradient - expected).norm() <= 1e-5 * expected.norm()


@pytest.mark.parametrize("method", ["grpo", "rloo", "ppo"])
def test_the_log_probs_of_the_sampler_are_those_of_its_tokens(method, rollout_run):
    """Sampler and trainer read the same model here, so that nothing is weighed but rounding."""
    settings = {"importance_correction": "sequence_truncate", "temperature": 0.7}
    objective, totals = objective_of(rollout_run(method, **settings)), Totals()
    next(objective.updates(0, totals))
    for (prompt, sample), log_probs in objective.log_probs(objective.forward).by_sample.items():
        sampled = torch.tensor(objective.rollout.answers[prompt][sample].log_probs)
        torch.testing.assert_close(sampled, log_probs, rtol=1e-4, atol=1e-4)
    figures = totals.means()
    assert figures["sampling/sampling_logp_difference/max"] < 1e-3
    assert figures["sampling/importance_sampling_ratio/min"] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("method", ["rloo", "ppo"])
def test_an_answer_beyond_the_bounds_teaches_nothing(method, rollout_run):
    settings = {"importance_correction": "sequence_mask", "entropy_coefficient": 0.0}
    directory = rollout_run(method, **settings)
    objective = in_float64(objective_of(directory))
    update = first_update(objective)
    assert gradients_of(objective, update)[1].norm() > 0
    for row, weights in objective.weights.by_sample.items():
        objective.weights.by_sample[row] = torch.zeros_like(weights)
    size = sum(weight.numel() for weight in objective.module.parameters())
    assert not gradients_of(objective, update)[1][:size].any()


@pytest.mark.parametrize("method", ["grpo", "rloo", "ppo"])
def test_an_entropy_bonus_is_the_gradient_of_the_mean_entropy(method, rollout_run):
    """In units of the loss, whatever the loss is divided by."""
    gradients = []
    for coefficient in (0.0, 0.5):
        directory = rollout_run(method, name=f"{coefficient}", entropy_coefficient=coefficient)
        objective = in_float64(objective_of(directory))
        update = first_update(objective)
        gradients.append(gradients_of(objective, update)[1])
    size = sum(weight.numel() for weight in objective.module.parameters())
    added = (gradients[1] - gradients[0])[:size]  # before those of PPO's values
    objective.module.zero_grad()
    entropies = []
    for index in update.indices:
        example = objective.rollout.examples[index]
        for ids in example.completions:
            logits = objective.module(input_ids=torch.tensor([example.prompt_ids + ids])).logits[0]
            log_probs = logits[len(example.prompt_ids) - 1 : -1].double().log_softmax(-1)
            entropies.append(-(log_probs.exp() * log_probs).sum(-1))
    (-0.5 * torch.cat(entropies).mean()).backward()
    expected = torch.cat(
        [w.grad.flatten() for w in objective.module.parameters() if w.grad is not None]
    )
    assert (added - expected).norm() <= 1e-4 * expected.norm()  # a small difference of two


def test_the_entropy_bonus_of_a_run_is_steered(rollout_run):
    settings = {"entropy_coefficient": 0.1, "entropy_target": 100.0, "entropy_step": 0.05}
    directory = train_here(rollout_run("grpo", batch_size=4, **settings))
    figures = [line["entropy_coefficient"] for line in metrics_of(directory, "train")]
    # The first rollout measures; below the target the weight grows by a step after each.
    assert figures == pytest.approx([0.0, 0.15, 0.2])


def test_log_probs_are_at_the_temperature_of_sampling(rollout_run):
    objective = objective_of(rollout_run("ppo", temperature=0.5))
    first_update(objective)
    for (prompt, sample), log_probs in objective.old.by_sample.items():
        example = objective.rollout.examples[prompt]
        with torch.no_grad():
            expected = plain_log_probs(
                objective.module, example, example.completions[sample], temperature=0.5
            )
        torch.testing.assert_close(log_probs.double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_a_run_leaves_what_its_contract_names(method, rollout_run, tiny_base):
    directory = train_here(rollout_run(method, epochs=2))
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["steps"] == json.loads((directory / "plan.json").read_text())["total_steps"] == 6
    reward = summary["evaluation"]["mean_reward"]
    assert reward["low"] <= reward["value"] <= reward["high"]
    assert reward["n"] == 6
    assert summary["evaluation"]["accuracy"]["undefined"].startswith("because the method learns")
    measured = metrics_of(directory, "eval")
    assert [line["step"] for line in measured] == [0, 6]
    assert measured[0]["kl/on_policy_k1"] == pytest.approx(0.0, abs=1e-4)
    for line in metrics_of(directory, "train"):
        assert {"reward", "reward_std", "rewards/callable/mean", "completions/mean_length"} <= {
            *line
        }
        assert line["num_tokens"] > 0
    samples = [json.loads(line) for line in (directory / SAMPLES).read_text().splitlines()]
    assert {one["step"] for one in samples} == {1, 2, 3, 4, 5, 6}
    final, base = (load_policy(path, device=CPU) for path in (directory / "final", tiny_base))
    assert any(
        not torch.equal(a, b) for a, b in zip(final.parameters(), base.parameters(), strict=True)
    )


@pytest.mark.parametrize("method", ["ppo", "rloo", "grpo", "online_dpo"])
def test_a_reward_that_can_be_learnt_is_learnt(method, rollout_run):
    more = {"kl_coefficient": 0.0} if method != "online_dpo" else {"beta": 0.02}
    if method == "ppo":
        more |= {"kl_target": 0.0, "value_learning_rate": 3e-2}
    directory = train_here(
        rollout_run(method, epochs=8, batch_size=12, n_samples=4, learning_rate=3e-2, **more)
    )
    rewards = [line["reward"] for line in metrics_of(directory, "train")]
    assert rewards[-1] > rewards[0] + 0.2


def test_a_run_tells_how_far_each_of_its_rollouts_is(rollout_run):
    directory = train_here(rollout_run("grpo", batch_size=6, n_samples=3, n_eval_prompts=4))
    lines = metrics_of(directory, "rollout")
    assert {line["total_steps"] for line in lines} == {2}
    ends = [
        (line["step"], line["samples/total"])
        for line in lines
        if line["samples/done"] == line["samples/total"]
    ]
    # held-out samples before the first and after the last step, and two rollouts
    assert ends == [(0, 4), (0, 18), (1, 18), (2, 4)]


def test_online_dpo_without_a_pair_learns_nothing_and_goes_on(rollout_run, tiny_base):
    directory = train_here(rollout_run("online_dpo", rewards=[SAME]))
    lines = metrics_of(directory, "train")
    assert [line["loss"] for line in lines] == [None] * 3
    final = load_policy(directory / "final", device=CPU)
    base = load_policy(tiny_base, device=CPU)
    assert all(
        torch.equal(a, b) for a, b in zip(final.parameters(), base.parameters(), strict=True)
    )
