import json

import pytest
import torch
from safetensors.torch import load_file

from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.advantages import group_advantages
from alignment_core.models.loading import load_policy, load_reward_model, load_tokenizer
from alignment_core.runs.run_directory import saved_steps
from alignment_core.trainers.loop import accumulate_gradients
from alignment_core.trainers.objective import trained_modules
from alignment_core.trainers.rollout_figures import SAMPLES
from tests.alignment_core.rollout_runs import (
    LETTERS,
    METHOD_SETTINGS,
    SAME,
    objective_of,
    rollout_settings,
)
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config

CPU = torch.device("cpu")


@pytest.fixture
def run(tiny_base, data_files, tmp_path):
    """A run directory of a method, with its config."""

    def configured(method, *, name="run", **settings):
        return write_train_config(
            tmp_path / name,
            method=method,
            base=tiny_base,
            data_files=data_files,
            **rollout_settings(method, **settings),
        )

    return configured


@pytest.fixture(scope="module")
def reward_model(tiny_base, tmp_path_factory):
    """A reward model over the policy's own tokens."""
    directory = tmp_path_factory.mktemp("reward") / "model"
    load_reward_model(tiny_base, device=CPU, seed=7).save_pretrained(directory)
    load_tokenizer(tiny_base)[0].save_pretrained(directory)
    return directory


def first_update(objective):
    return next(objective.updates(0, Totals()))


def gradients_of(objective, update, *, token_budget=10**6):
    modules = trained_modules(objective).values()
    for module in modules:
        module.zero_grad()
    loss = accumulate_gradients(
        update.learner,
        update.indices,
        data=update.data,
        token_budget=token_budget,
        totals=Totals(),
    )
    weights = [w.grad for module in modules for w in module.parameters() if w.grad is not None]
    return loss, torch.cat([gradient.flatten().double() for gradient in weights])


def in_float64(objective):
    for module in trained_modules(objective).values():
        module.double()
    return objective


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_the_split_into_micro_batches_changes_nothing(method, run):
    objective = in_float64(objective_of(run(method)))
    update = first_update(objective)
    loss, gradient = gradients_of(objective, update)
    assert gradient.norm() > 0
    for token_budget in (1, 150):
        other_loss, other = gradients_of(objective, update, token_budget=token_budget)
        assert other_loss == pytest.approx(loss, rel=1e-6, abs=1e-9)
        assert (other - gradient).norm() <= 1e-6 * gradient.norm()


def plain_log_probs(module, example, ids, *, temperature=1.0):
    """By the definition: the whole sequence through the model, alone and unpadded."""
    logits = module(input_ids=torch.tensor([example.prompt_ids + ids])).logits[0, :-1]
    log_probs = (logits.double() / temperature).log_softmax(-1)
    places = range(len(example.prompt_ids) - 1, len(example.prompt_ids) + len(ids) - 1)
    return torch.stack([log_probs[place, token] for place, token in zip(places, ids, strict=True)])


@pytest.mark.parametrize("aggregation", ["sequence", "token", "constant"])
def test_the_first_update_follows_the_gradient_of_its_definition(aggregation, run):
    directory = run("grpo", aggregation=aggregation, kl_coefficient=0.0, n_passes=1)
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
def test_the_log_probs_of_the_sampler_are_those_of_its_tokens(method, run):
    """Sampler and trainer read the same model here, so that nothing is weighed but rounding."""
    settings = {"importance_correction": "sequence_truncate", "temperature": 0.7}
    objective, totals = objective_of(run(method, **settings)), Totals()
    next(objective.updates(0, totals))
    for (prompt, sample), log_probs in objective.log_probs(objective.forward).by_sample.items():
        sampled = torch.tensor(objective.rollout.answers[prompt][sample].log_probs)
        torch.testing.assert_close(sampled, log_probs, rtol=1e-4, atol=1e-4)
    figures = totals.means()
    assert figures["sampling/sampling_logp_difference/max"] < 1e-3
    assert figures["sampling/importance_sampling_ratio/min"] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("method", ["rloo", "ppo"])
def test_an_answer_beyond_the_bounds_teaches_nothing(method, run):
    settings = {"importance_correction": "sequence_mask", "entropy_coefficient": 0.0}
    directory = run(method, **settings)
    objective = in_float64(objective_of(directory))
    update = first_update(objective)
    assert gradients_of(objective, update)[1].norm() > 0
    for row, weights in objective.weights.by_sample.items():
        objective.weights.by_sample[row] = torch.zeros_like(weights)
    size = sum(weight.numel() for weight in objective.module.parameters())
    assert not gradients_of(objective, update)[1][:size].any()


@pytest.mark.parametrize("method", ["grpo", "rloo", "ppo"])
def test_an_entropy_bonus_is_the_gradient_of_the_mean_entropy(method, run):
    """In units of the loss, whatever the loss is divided by."""
    gradients = []
    for coefficient in (0.0, 0.5):
        directory = run(method, name=f"{coefficient}", entropy_coefficient=coefficient)
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


def test_the_entropy_bonus_of_a_run_is_steered(run):
    settings = {"entropy_coefficient": 0.1, "entropy_target": 100.0, "entropy_step": 0.05}
    directory = train_here(run("grpo", batch_size=4, **settings))
    figures = [line["entropy_coefficient"] for line in metrics_of(directory, "train")]
    # The first rollout measures; below the target the weight grows by a step after each.
    assert figures == pytest.approx([0.0, 0.15, 0.2])


def test_log_probs_are_at_the_temperature_of_sampling(run):
    objective = objective_of(run("ppo", temperature=0.5))
    first_update(objective)
    for (prompt, sample), log_probs in objective.old.by_sample.items():
        example = objective.rollout.examples[prompt]
        with torch.no_grad():
            expected = plain_log_probs(
                objective.module, example, example.completions[sample], temperature=0.5
            )
        torch.testing.assert_close(log_probs.double(), expected, rtol=1e-4, atol=1e-4)


def test_the_score_comes_with_the_last_token_and_the_value_after_it_is_0(run):
    settings = {"kl_coefficient": 0.0, "kl_target": 0.0, "gae_lambda": 1.0}
    objective = objective_of(run("ppo", **settings, missing_end_penalty=2.0))
    first_update(objective)
    rollout = objective.rollout
    for row, returns in objective.returns.by_sample.items():
        assert len(returns) == rollout.n_tokens[row]
        score = float(rollout.scores.total[row]) - 2.0 * (not rollout.finished[row])
        torch.testing.assert_close(returns, torch.full_like(returns, score))
    advantages = objective.advantages.flat()
    assert float(advantages.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(advantages.std()) == pytest.approx(1.0, rel=1e-4)


def test_what_the_kl_costs_is_taken_from_every_token(run):
    """The reference is read anew: a policy that has moved away from it pays."""
    objective = objective_of(run("ppo", kl_coefficient=0.5, kl_target=0.0, gae_lambda=1.0))
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


def test_values_begin_as_the_reward_model_where_it_reads_the_same_tokens(run, reward_model):
    rewards = [LETTERS, {"kind": "model", "path": str(reward_model)}]
    objective = objective_of(run("ppo", rewards=rewards))
    expected = load_reward_model(reward_model, device=CPU, seed=0)
    torch.testing.assert_close(objective.value_model.score.weight, expected.score.weight)
    fresh = objective_of(run("ppo", name="fresh"))
    assert not torch.equal(fresh.value_model.score.weight, expected.score.weight)


def test_values_beside_a_policy_under_adapters_are_adapters_and_a_head(run, reward_model):
    rewards = [LETTERS, {"kind": "model", "path": str(reward_model)}]
    settings = {"rewards": rewards, "value_learning_rate": 1e-2, "save_every_seconds": 0.0}
    directory = train_here(run("ppo", lora_rank=2, lora_targets="q_proj", **settings))
    start = load_reward_model(reward_model, device=CPU, seed=0)
    saved = load_file(saved_steps(directory / "checkpoints")[-1] / "extra.safetensors")
    values = {name for name in saved if name.startswith("value/")}
    assert len(values) == 2 * 2 + 1  # A and B of two layers, and the head
    assert not torch.equal(saved["value/score.weight"], start.score.weight)
    assert all(saved[name].any() for name in values)  # B, too, has left 0

    objective = objective_of(
        run("ppo", name="again", lora_rank=2, lora_targets="q_proj", rewards=rewards)
    )
    trained = {
        name for name, weight in objective.value_model.named_parameters() if weight.requires_grad
    }
    assert trained == {name.removeprefix("value/") for name in values}
    frozen = dict(start.named_parameters())
    for name, weight in objective.value_model.named_parameters():
        assert name in trained or torch.equal(weight, frozen[name.replace(".base_layer", "")])


def test_the_plan_counts_every_model_that_a_rollout_needs(run, reward_model):
    rewards = [{"kind": "model", "path": str(reward_model)}]
    sizes = {}
    for rank in (0, 2):
        directory = train_here(run("ppo", name=f"rank-{rank}", lora_rank=rank, rewards=rewards))
        sizes[rank] = json.loads((directory / "plan.json").read_text())["memory"]["models"]
    whole = sizes[0]["policy"]["trained_mib"]
    assert sizes[0].keys() == {"policy", "value", "kept model", "kept reference"}
    assert sizes[0]["kept reference"] == {"frozen_mib": whole}
    assert sizes[0]["value"]["optimizer_mib"] > sizes[0]["value"]["trained_mib"] > 0
    assert sizes[2].keys() == {"policy", "value", "kept model"}
    for name in ("policy", "value"):
        assert sizes[2][name]["trained_mib"] < sizes[2][name]["frozen_mib"]


def test_the_kl_coefficient_of_a_run_is_steered_to_its_target(run):
    directory = train_here(run("ppo", kl_target=50.0, kl_horizon=100.0))
    coefficients = [line["objective/kl_coef"] for line in metrics_of(directory, "train")]
    # far below the target, so it falls by 0.2 × 5 / 100 after each rollout of five
    assert coefficients == pytest.approx([0.05, 0.05 * 0.99, 0.05 * 0.99**2], rel=1e-6)


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_a_run_leaves_what_its_contract_names(method, run, tiny_base):
    directory = train_here(run(method, epochs=2))
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
def test_a_reward_that_can_be_learnt_is_learnt(method, run):
    more = {"kl_coefficient": 0.0} if method != "online_dpo" else {"beta": 0.02}
    if method == "ppo":
        more |= {"kl_target": 0.0, "value_learning_rate": 3e-2}
    directory = train_here(
        run(method, epochs=8, batch_size=12, n_samples=4, learning_rate=3e-2, **more)
    )
    rewards = [line["reward"] for line in metrics_of(directory, "train")]
    assert rewards[-1] > rewards[0] + 0.2


def test_a_run_tells_how_far_each_of_its_rollouts_is(run):
    directory = train_here(run("grpo", batch_size=6, n_samples=3, n_eval_prompts=4))
    lines = metrics_of(directory, "rollout")
    assert {line["total_steps"] for line in lines} == {2}
    ends = [
        (line["step"], line["samples/total"])
        for line in lines
        if line["samples/done"] == line["samples/total"]
    ]
    # held-out samples before the first and after the last step, and two rollouts
    assert ends == [(0, 4), (0, 18), (1, 18), (2, 4)]


def test_online_dpo_without_a_pair_learns_nothing_and_goes_on(run, tiny_base):
    directory = train_here(run("online_dpo", rewards=[SAME]))
    lines = metrics_of(directory, "train")
    assert [line["loss"] for line in lines] == [None] * 3
    final = load_policy(directory / "final", device=CPU)
    base = load_policy(tiny_base, device=CPU)
    assert all(
        torch.equal(a, b) for a, b in zip(final.parameters(), base.parameters(), strict=True)
    )
