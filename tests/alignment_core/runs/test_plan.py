"""What a run writes down about how it calls its model, and that it keeps to it."""

import json

import pytest

from alignment_core.errors import LoadingError
from alignment_core.forward.packing import packed_batch
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config


def plan_of(directory):
    return json.loads((directory / "plan.json").read_text())


def weights_of(directory):
    return (directory / "final" / "model.safetensors").read_bytes()


@pytest.fixture
def run(tiny_base, data_files, tmp_path):
    def train(name, **settings):
        settings = {"method": "dpo", "base": tiny_base, "data_files": data_files, **settings}
        return train_here(write_train_config(tmp_path / name, **settings))

    return train


def test_the_plan_says_how_the_model_is_called(run):
    plan = plan_of(run("packed"))
    assert plan["forward"] == {
        "LlamaForCausalLM": {
            "layout": "packed",
            "attention": "blocks",
            "head": "fused",
            "last_layer": "read",
            "rows": "together",
            "switches": [],
            "longest": None,
            "reason": "",
        }
    }
    assert plan["sampling"] == {
        "LlamaForCausalLM": {
            "cache": "keys and values",
            "rows": "together",
            "switches": [],
            "longest": None,
            "rows_at_once": 32,
            "reason": "",
        }
    }
    assert plan["matmul"] == {"precision": "highest"}
    assert plan["padding_share"] == 0.0
    # the prompt of a pair counts once
    assert plan["computed_tokens_per_epoch"] < plan["tokens_per_epoch"]


def test_every_fast_way_can_be_switched_off_and_changes_only_rounding(run):
    fast, plain = run("fast"), run("plain", layout="padded", head="plain", last_layer="whole")
    assert plan_of(plain)["forward"]["LlamaForCausalLM"]["layout"] == "padded"
    for name in ("loss", "grad_norm", "rewards/margins", "logits/chosen", "mean_token_accuracy"):
        found, expected = (
            [line[name] for line in metrics_of(directory, "train")] for directory in (fast, plain)
        )
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_resumed_run_keeps_to_its_plan(run):
    first = run("first", save_every_seconds=0.0, keep_checkpoints=9)
    checkpoint = saved_steps(first / "checkpoints")[0]
    plan = json.loads((checkpoint / "plan.json").read_text())
    # as if the run had begun where packing is not possible
    plan["forward"]["LlamaForCausalLM"] |= {"layout": "padded", "head": "plain", "reason": "so"}
    plan["matmul"] = {"precision": "medium"}
    (checkpoint / "plan.json").write_text(json.dumps(plan))
    with pytest.raises(LoadingError, match="reference log-probs are of another"):
        run("resumed", resume=checkpoint)  # they were computed the other way
    kept = plan_of(run("same", resume=saved_steps(first / "checkpoints")[1]))
    assert kept["forward"] == plan_of(first)["forward"]


def test_nothing_of_the_packed_layout_is_saved_with_the_model(run):
    config = json.loads((run("run") / "final" / "config.json").read_text())
    assert "accord" not in json.dumps(config)


def test_a_base_that_cannot_be_packed_is_refused_where_packing_is_asked_for(
    run, tiny_base, monkeypatch
):
    from alignment_core.forward import choice, tried_once

    def without_blocks(*arguments, **options):
        batch = packed_batch(*arguments, **options)
        del batch.inputs["packed_blocks"]
        return batch

    monkeypatch.setattr(choice, "packed_batch", without_blocks)
    monkeypatch.setattr(tried_once, "_found", {})
    monkeypatch.setenv("ACCORD_TRIAL_CACHE", "")  # nothing of the patched way is remembered
    with pytest.raises(LoadingError, match=r"the base cannot be packed .*take layout auto"):
        run("forced", layout="packed")
    fallen_back = plan_of(run("auto"))["forward"]["LlamaForCausalLM"]
    assert fallen_back["layout"] == "padded"
    assert "packed rows: " in fallen_back["reason"]
