import json
import math

import pytest
import torch
from safetensors.torch import load_file

from alignment_core.configs import METHODS
from alignment_core.data.records import VerdictCounts, write_records
from alignment_core.errors import LoadingError, Refused, TrainingFailed
from alignment_core.evaluation.metrics import Totals
from alignment_core.methods import sft
from alignment_core.models.loading import load_policy, load_reward_model, load_tokenizer
from alignment_core.trainers.loop import accumulate_gradients
from alignment_core.trainers.optimizer import learning_rate_at
from tests.alignment_core.small_runs import (
    make_record,
    make_records,
    metrics_of,
    objective_of,
    train_here,
    write_train_config,
)

OF_PAIRS = [name for name, method in METHODS.items() if method.sides]


@pytest.mark.parametrize("method", OF_PAIRS)
def test_the_split_into_micro_batches_changes_nothing(method, tiny_base, data_files, tmp_path):
    directory = write_train_config(
        tmp_path / "run", method=method, base=tiny_base, data_files=data_files
    )
    objective, data = objective_of(directory)
    results = []
    for token_budget in (1, 150, 10**6):  # one example at a time, a few, all at once
        objective.module.zero_grad()
        loss = accumulate_gradients(
            objective, range(10), data=data, token_budget=token_budget, totals=Totals()
        )
        gradients = [w.grad.flatten() for w in objective.module.parameters() if w.grad is not None]
        results.append((loss, torch.cat(gradients)))
    loss, gradient = results[-1]
    for other_loss, other_gradient in results[:-1]:
        assert other_loss == pytest.approx(loss, rel=1e-7)
        # norms and rotary run in float32 inside the model, whatever its weights are
        assert (other_gradient - gradient).norm() <= 1e-6 * gradient.norm()


@pytest.mark.parametrize("method", OF_PAIRS)
def test_a_run_leaves_what_its_contract_names(method, tiny_base, data_files, tmp_path):
    directory = train_here(
        write_train_config(
            tmp_path / "run", method=method, base=tiny_base, data_files=data_files, epochs=2
        )
    )
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["steps"] == 6
    assert {"train", "evaluate"} <= set(summary["seconds"])
    assert summary["peak_rss_mib"] > 0
    accuracy = summary["evaluation"]["accuracy"]
    assert accuracy["n"] == 6
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert summary["baselines"]["longer_wins"]["value"] == 1.0
    assert summary["baselines"]["human_agreement"]["value"] == pytest.approx(0.75)
    assert len(summary["samples"]) == 1
    lines = metrics_of(directory, "train")
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert all(line["total_steps"] == 6 and line["loss"] > 0 for line in lines)
    first, second = (sum(line["loss"] for line in epoch) for epoch in (lines[:3], lines[3:]))
    assert second < first  # over the same pairs: steps differ in length, and some losses with it
    assert [line["step"] for line in metrics_of(directory, "eval")] == [0, 6]
    (events,) = (directory / "tensorboard").iterdir()
    shown = events.read_bytes()
    assert shown.count(b"train/loss") == 6 and shown.count(b"eval/loss") == 2
    plan = json.loads((directory / "plan.json").read_text())
    assert (plan["total_steps"], plan["device"], plan["n_examples"]) == (6, "cpu", 12)
    preflight = json.loads((directory / "preflight.json").read_text())
    assert preflight["samples"][0]["ends_with"] == "<|end|>"
    assert preflight["train"]["n_used"] == 12
    load = load_reward_model if method == "reward_model" else load_policy
    extra = {"seed": 0} if method == "reward_model" else {}
    load(directory / "final", device=torch.device("cpu"), **extra)
    assert load_tokenizer(directory / "final")[0].chat_template
    card = (directory / "final" / "README.md").read_text()
    assert '"s-1"' in card  # the lineage
    assert [path.name for path in (directory / "checkpoints").iterdir()] == ["step-6"]


def test_dpo_begins_at_log_2_without_a_margin(tiny_base, data_files, tmp_path):
    directory = train_here(
        write_train_config(tmp_path / "run", method="dpo", base=tiny_base, data_files=data_files)
    )
    for start in (metrics_of(directory, "eval")[0], metrics_of(directory, "train")[0]):
        assert start["loss"] == pytest.approx(math.log(2), abs=1e-5)
        assert start["rewards/margins"] == pytest.approx(0, abs=1e-5)
        assert start["rewards/accuracies"] == 0.5  # ties are not wrong
    assert "kl/on_policy_k1" in metrics_of(directory, "eval")[0]


def test_a_smaller_last_step_is_divided_by_its_own_pairs(tiny_base, data_files, tmp_path):
    directory = train_here(
        write_train_config(
            tmp_path / "run",
            method="dpo",
            base=tiny_base,
            data_files=data_files,
            batch_size=5,  # 12 records: steps of 5, 5 and 2
            learning_rate=1e-9,
        )
    )
    losses = [line["loss"] for line in metrics_of(directory, "train")]
    assert losses == pytest.approx([math.log(2)] * 3, abs=1e-5)


@pytest.mark.parametrize("method", OF_PAIRS)
def test_bfloat16_trains_and_keeps_its_weights_in_float32(method, tiny_base, data_files, tmp_path):
    directory = train_here(
        write_train_config(
            tmp_path / "run",
            method=method,
            base=tiny_base,
            data_files=data_files,
            dtype="bfloat16",
        )
    )
    in_float32 = train_here(
        write_train_config(
            tmp_path / "float32", method=method, base=tiny_base, data_files=data_files
        )
    )
    halves, singles = metrics_of(directory, "train"), metrics_of(in_float32, "train")
    assert halves != singles  # or the precision was not used
    for half, single in zip(halves, singles, strict=True):
        assert half["loss"] == pytest.approx(single["loss"], rel=0.02)
    weights = load_file(directory / "final" / "model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float32}


def test_ties_are_learnt_from_with_soft_labels_only(tiny_base, tmp_path):
    records = [*make_records(3), make_record(3, outcome="tie", verdicts=VerdictCounts(tie=2))]
    records.append(make_record(4, outcome="both_bad"))
    write_records(tmp_path / "train.jsonl", records)
    used = {}
    for soft_labels in (False, True):
        directory = write_train_config(
            tmp_path / f"run-{soft_labels}",
            method="reward_model",
            base=tiny_base,
            data_files=(tmp_path / "train.jsonl", None),
            soft_labels=soft_labels,
        )
        train_here(directory)
        used[soft_labels] = json.loads((directory / "preflight.json").read_text())["train"]
    assert (used[False]["n_used"], used[True]["n_used"]) == (3, 4)
    assert used[False]["dropped"] == {"tie": 1, "both_bad": 1}
    assert used[True]["dropped"] == {"both_bad": 1}


def test_a_run_without_held_out_records_says_that_nothing_was_measured(tiny_base, tmp_path):
    write_records(tmp_path / "train.jsonl", make_records(3))
    directory = train_here(
        write_train_config(
            tmp_path / "run",
            method="sft",
            base=tiny_base,
            data_files=(tmp_path / "train.jsonl", None),
        )
    )
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["evaluation"]["accuracy"]["undefined"].startswith("because ")


def test_records_that_leave_nothing_to_train_on_are_refused(tiny_base, tmp_path):
    write_records(tmp_path / "train.jsonl", [make_record(0, outcome="tie")])
    directory = write_train_config(
        tmp_path / "run",
        method="dpo",
        base=tiny_base,
        data_files=(tmp_path / "train.jsonl", None),
    )
    with pytest.raises(Refused, match=r"none of the 1 records can be trained on \(tie: 1\)"):
        train_here(directory)


def test_a_base_that_has_changed_since_it_was_queued_is_refused(tiny_base, data_files, tmp_path):
    directory = write_train_config(
        tmp_path / "run", method="sft", base=tiny_base, data_files=data_files
    )
    body = json.loads((directory / "config.json").read_text()) | {"base_digest": "0" * 64}
    (directory / "config.json").write_text(json.dumps(body))
    with pytest.raises(Refused, match="has changed"):
        train_here(directory)


def test_a_loss_that_is_no_number_ends_the_run(tiny_base, data_files, tmp_path, monkeypatch):
    directory = write_train_config(
        tmp_path / "run", method="sft", base=tiny_base, data_files=data_files
    )
    monkeypatch.setattr(sft, "sft_loss", lambda log_prob: log_prob * math.nan)
    with pytest.raises(TrainingFailed, match="at step 1 the loss is nan"):
        train_here(directory)


def test_a_base_whose_weights_are_no_numbers_is_refused(tiny_base, data_files, tmp_path):
    policy = load_policy(tiny_base, device=torch.device("cpu"))
    with torch.no_grad():
        policy.get_output_embeddings().weight.fill_(math.nan)
    policy.save_pretrained(tmp_path / "broken")
    load_tokenizer(tiny_base)[0].save_pretrained(tmp_path / "broken")
    broken = write_train_config(
        tmp_path / "run", method="sft", base=tmp_path / "broken", data_files=data_files
    )
    with pytest.raises(LoadingError, match="gives what is no number"):
        train_here(broken)


def test_the_learning_rate_warms_up_and_falls_along_a_cosine():
    from alignment_core.configs import DPOConfig

    config = DPOConfig(learning_rate=1.0, warmup_ratio=0.2)
    rates = [learning_rate_at(step, total_steps=10, config=config) for step in range(10)]
    assert rates[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert rates[6] == pytest.approx(0.5)
    assert rates == [*rates[:3], *sorted(rates[3:], reverse=True)]
    assert rates[-1] > 0


def test_held_out_completions_without_a_counterpart_are_measured_by_sft(tiny_base, tmp_path):
    """The same tokens once in a pair and once alone: the same loss, and one pair to be right on."""
    (prompt,) = make_record(0).prompt
    pair = {"prompt": [prompt], "chosen": "It is red.", "rejected": "I do not know, do I."}
    alone = {"prompt": [prompt], "completion": "It is red.", "label": True}
    bad = {"prompt": [prompt], "completion": pair["rejected"], "label": False}
    train = tmp_path / "train.jsonl"
    write_records(train, [make_record(number) for number in range(4)])
    found = []
    for name, rows in {"pair": [pair], "both": [alone | {"label": None}, alone, bad]}.items():
        held_out = tmp_path / f"{name}.jsonl"
        held_out.write_text("".join(json.dumps(row) + "\n" for row in rows))
        directory = write_train_config(
            tmp_path / name, method="sft", base=tiny_base, data_files=(train, held_out)
        )
        summary = json.loads((train_here(directory) / "summary.json").read_text())
        found.append(summary["evaluation"])
    of_pair, of_both = found
    assert of_both["loss"] == pytest.approx(of_pair["loss"], abs=1e-6)
    assert of_both["accuracy"]["value"] == of_pair["accuracy"]["value"]
    assert (of_both["accuracy"]["n"], of_both["n_without_preference"]) == (1, 1)
    assert of_both["left_out"] == {}
