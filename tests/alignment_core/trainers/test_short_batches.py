"""What is left at the end of an epoch is measured with the whole batch before it."""

import json

import pytest

from alignment_core.data.micro_batches import is_short_step
from alignment_core.evaluation.metrics import Totals
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config


def test_only_what_is_left_after_whole_batches_is_short():
    assert [is_short_step(7, batch_size=3, step=step) for step in range(6)] == [
        *(False, False, True),
        *(False, False, True),
    ]
    assert not any(is_short_step(6, batch_size=3, step=step) for step in range(4))
    assert not is_short_step(2, batch_size=3, step=0)  # all there is


def test_totals_come_back_from_a_file_as_they_were():
    totals = Totals()
    totals.add("accuracy", 1.0, 3)
    totals._lowest["least"], totals._highest["most"] = -1 / 3, 0.1
    totals.keep_latest("coefficient", 0.05)
    again = Totals.from_json(json.loads(json.dumps(totals.to_json())))
    assert again.means() == totals.means()


def test_what_holds_now_is_not_averaged_with_the_batch_before():
    before, now = Totals(), Totals()
    before.keep_latest("coefficient", 0.05)
    now.keep_latest("coefficient", 0.04)
    assert Totals.joined([before, now]).means() == {"coefficient": 0.04}


@pytest.mark.parametrize("method", ["reward_model", "sft"])
def test_a_short_batch_does_not_decide_the_curve(method, tiny_base, data_files, tmp_path):
    train, _ = data_files  # 12 records
    run = write_train_config(
        tmp_path / "run",
        method=method,
        base=tiny_base,
        data_files=(train, train),
        batch_size=11,
        learning_rate=1e-12,  # nothing moves, so one measurement stands for every step
        epochs=2,
    )
    train_here(run)
    lines = metrics_of(run, "train")
    of_all = metrics_of(run, "eval")[-1]
    assert lines[0]["loss"] != pytest.approx(of_all["loss"], rel=1e-6)
    for line in (lines[1], lines[3]):
        assert line["loss"] == pytest.approx(of_all["loss"], rel=1e-4)
        for name in {"accuracy", "mean_token_accuracy"} & set(line) & set(of_all):
            assert line[name] == pytest.approx(of_all[name], abs=1e-6)
