"""`dtype` auto: what decides, what is written down, and that a run keeps to it."""

import json

import pytest

from alignment_core.errors import Refused, TrainingFailed
from alignment_core.runs.run_directory import saved_steps
from alignment_core.tasks import first_steps
from alignment_core.tasks.first_steps import FirstSteps, why_not_half
from tests.alignment_core.rollout_runs import rollout_settings
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config

EXACT = FirstSteps(losses=[0.7, 0.6], grad_norms=[2.0, 1.0], seconds=2.0)
SLOW, FAST = ({"float32": 1.0, "bfloat16": seconds} for seconds in (2.0, 0.5))


def half(**changed):
    values = {"losses": [0.703, 0.599], "grad_norms": [2.05, 0.98], "seconds": 1.0}
    return FirstSteps(**{**values, **changed})


@pytest.fixture
def run(tiny_base, data_files, tmp_path):
    def train(name, method="dpo", **settings):
        files = (data_files[0], None)
        given = {"method": method, "base": tiny_base, "data_files": files, **settings}
        return train_here(write_train_config(tmp_path / name, **given))

    return train


@pytest.fixture
def products(monkeypatch):
    """Stands in for a machine: its products take so many seconds."""

    def take(seconds):
        monkeypatch.setattr(first_steps, "time_products", lambda _device, clock: seconds)

    return take


def plan_of(directory):
    return json.loads((directory / "plan.json").read_text())


def weights_of(directory):
    return (directory / "final" / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (half(), ""),
        (half(losses=[0.7, 0.61]), "the loss changes by 0.017"),
        (half(losses=[-0.7, 0.6]), "the loss changes by 2 "),
        (half(losses=[0.7, float("nan")]), "the loss changes by inf"),
        (half(grad_norms=[2.0, 1.06]), "the gradient's norm changes by 0.06"),
        (half(seconds=1.9), "not clearly faster"),
        (half(seconds=float("nan")), "not clearly faster"),
    ],
)
def test_half_precision_must_be_faster_and_change_nothing_that_is_seen(steps, reason):
    found = why_not_half(EXACT, steps)
    assert reason in found
    assert bool(found) == bool(reason)


def test_where_products_are_not_faster_a_run_is_that_of_float32(run, products):
    products(SLOW)
    found = run("open", dtype="auto")
    assert plan_of(found)["dtype"] == "float32"
    assert plan_of(found)["dtype_trial"] == {
        "reason": "products of bfloat16 are not clearly faster here",
        "products": SLOW,
    }
    assert weights_of(found) == weights_of(run("exact", dtype="float32"))


@pytest.mark.parametrize("choice", [{"method": "dpo"}, {"method": "sft", "lora_rank": 2}])
def test_where_the_first_steps_are_alike_a_run_is_that_of_bfloat16(
    choice, run, products, monkeypatch
):
    products(FAST)
    monkeypatch.setattr(first_steps, "SMALLEST_GAIN", 0.0)  # how long tiny steps take is chance
    every = {"save_every_seconds": 0.0, "keep_checkpoints": 9, **choice}
    found = run("open", dtype="auto", **every)
    plan = plan_of(found)
    assert plan["dtype"] == "bfloat16"
    steps = plan["dtype_trial"]["steps"]
    assert steps["float32"]["losses"] != steps["bfloat16"]["losses"]
    assert weights_of(found) == weights_of(run("half", dtype="bfloat16", **every))

    products(SLOW)  # gone on with elsewhere: it keeps to its plan
    resumed = run("resumed", dtype="auto", resume=saved_steps(found / "checkpoints")[0], **every)
    assert plan_of(resumed)["dtype_trial"] == plan["dtype_trial"]
    assert weights_of(resumed) == weights_of(found)
    assert metrics_of(resumed, "train") == metrics_of(found, "train")


@pytest.mark.parametrize("error", [Refused("no tie", field="ties"), TrainingFailed("no number")])
def test_what_cannot_be_tried_stays_in_float32(error, run, products, monkeypatch):
    def fails(*_arguments, **_named):
        raise error

    products(FAST)
    monkeypatch.setattr(first_steps, "first_steps", fails)
    plan = plan_of(run("open", dtype="auto"))
    assert plan["dtype"] == "float32"
    assert "cannot be tried: no " in plan["dtype_trial"]["reason"]


def test_what_is_sampled_is_not_rounded(run, products):
    products(FAST)
    plan = plan_of(run("open", "rloo", dtype="auto", **rollout_settings("rloo")))
    assert plan["dtype"] == "float32"
    assert plan["dtype_trial"].keys() == {"reason"}
