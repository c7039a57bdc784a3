"""PPO's scores, KL costs and values on a tiny model."""

import json

import pytest
import torch
from safetensors.torch import load_file

from alignment_core.models.loading import load_policy, load_reward_model
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.rollout_runs import (
    LETTERS,
    first_update,
    objective_of,
    plain_log_probs,
)
from tests.alignment_core.small_runs import metrics_of, train_here

CPU = torch.device("cpu")


def test_the_score_comes_with_the_last_token_and_the_value_after_it_is_0(rollout_run):
    settings = {"kl_coefficient": 0.0, "kl_target": 0.0, "gae_lambda": 1.0}
    objective = objective_of(rollout_run("ppo", **settings, missing_end_penalty=2.0))
    first_update(objective)
    rollout = objective.rollout
    for row, returns in objective.returns.by_sample.items():
        assert len(returns) == rollout.n_tokens[row]
        score = float(rollout.scores.total[row]) - 2.0 * (not rollout.finished[row])
        torch.testing.assert_close(returns, torch.full_like(returns, score))
    advantages = objective.advantages.flat()
    assert float(advantages.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(advantages.std()) == pytest.approx(1.0, rel=1e-4)


def test_what_the_kl_costs_is_taken_from_every_token(rollout_run):
    """The reference is read anew: a policy that has moved away from it pays."""
    objective = objective_of(rollout_run("ppo", kl_coefficient=0.5, kl_target=0.0, gae_lambda=1.0))
    with torch.no_grad():
        objective.module.get_output_embeddings().weight.mul_(3.0)
    first_update(objective)
    base = load_policy(objective.context.base, device=CPU)
    for row, returns in objective.returns.by_sample.items():
        example = objective.rollout.examples[row[0]]
        with torch.no_grad():
            reference = plain_log_probs(base, example, example.completions[row[1]])
        costs = 0.5 * (objective.old.by_sample[row].double() - reference)
        score = float(objective.rollout.scores.total[row])
        expected = score - costs.flip(0).cumsum(0).flip(0)
        torch.testing.assert_close(returns.double(), expected, rtol=1e-3, atol=1e-3)


def test_values_begin_as_the_reward_model_where_it_reads_the_same_tokens(rollout_run, reward_model):
    rewards = [LETTERS, {"kind": "model", "path": str(reward_model)}]
    objective = objective_of(rollout_run("ppo", rewards=rewards))
    expected = load_reward_model(reward_model, device=CPU, seed=0)
    torch.testing.assert_close(objective.value_model.score.weight, expected.score.weight)
    fresh = objective_of(rollout_run("ppo", name="fresh"))
    assert not torch.equal(fresh.value_model.score.weight, expected.score.weight)


def test_values_beside_a_policy_under_adapters_are_adapters_and_a_head(rollout_run, reward_model):
    rewards = [LETTERS, {"kind": "model", "path": str(reward_model)}]
    settings = {"rewards": rewards, "value_learning_rate": 1e-2, "save_every_seconds": 0.0}
    directory = train_here(rollout_run("ppo", lora_rank=2, lora_targets="q_proj", **settings))
    start = load_reward_model(reward_model, device=CPU, seed=0)
    saved = load_file(saved_steps(directory / "checkpoints")[-1] / "extra.safetensors")
    values = {name for name in saved if name.startswith("value/")}
    assert len(values) == 2 * 2 + 1  # A and B of two layers, and the head
    assert not torch.equal(saved["value/score.weight"], start.score.weight)
    assert all(saved[name].any() for name in values)  # B, too, has left 0

    objective = objective_of(
        rollout_run("ppo", name="again", lora_rank=2, lora_targets="q_proj", rewards=rewards)
    )
    trained = {
        name for name, weight in objective.value_model.named_parameters() if weight.requires_grad
    }
    assert trained == {name.removeprefix("value/") for name in values}
    frozen = dict(start.named_parameters())
    for name, weight in objective.value_model.named_parameters():
        assert name in trained or torch.equal(weight, frozen[name.replace(".base_layer", "")])


def test_the_plan_counts_every_model_that_a_rollout_needs(rollout_run, reward_model):
    rewards = [{"kind": "model", "path": str(reward_model)}]
    sizes = {}
    for rank in (0, 2):
        directory = train_here(
            rollout_run("ppo", name=f"rank-{rank}", lora_rank=rank, rewards=rewards)
        )
        sizes[rank] = json.loads((directory / "plan.json").read_text())["memory"]["models"]
    whole = sizes[0]["policy"]["trained_mib"]
    assert sizes[0].keys() == {"policy", "value", "kept model", "kept reference"}
    assert sizes[0]["kept reference"] == {"frozen_mib": whole}
    assert sizes[0]["value"]["optimizer_mib"] > sizes[0]["value"]["trained_mib"] > 0
    assert sizes[2].keys() == {"policy", "value", "kept model"}
    for name in ("policy", "value"):
        assert sizes[2][name]["trained_mib"] < sizes[2][name]["frozen_mib"]


def test_the_kl_coefficient_of_a_run_is_steered_to_its_target(rollout_run):
    directory = train_here(rollout_run("ppo", kl_target=50.0, kl_horizon=100.0))
    coefficients = [line["objective/kl_coef"] for line in metrics_of(directory, "train")]
    # far below the target, so it falls by 0.2 × 5 / 100 after each rollout of five
    assert coefficients == pytest.approx([0.05, 0.05 * 0.99, 0.05 * 0.99**2], rel=1e-6)
