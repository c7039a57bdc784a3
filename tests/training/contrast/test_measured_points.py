"""Where a value stands, by steps, tokens or minutes, and what smoothing makes of it."""

from datetime import timedelta

import pytest

from tests.training.contrast.rows import BEGAN, make_base, make_snapshot, trained_run
from training.contrast.measured_points import CurveView, MeasuredPoints, smoothed, tokens_at


def test_smoothing_is_a_moving_average_without_a_pull_to_zero():
    drawn = smoothed([(1, 1.0), (2, 2.0), (3, 3.0)], 0.5)
    assert drawn == [(1, 1.0), (2, pytest.approx(5 / 3)), (3, pytest.approx(17 / 7))]
    assert smoothed([(1, 4.0), (9, 4.0)], 0.99) == [(1, 4.0), (9, pytest.approx(4.0))]
    assert smoothed([(1, 1.0), (2, 2.0)], 0) == [(1, 1.0), (2, 2.0)]


@pytest.mark.django_db
def test_a_value_stands_at_its_step_its_tokens_or_its_minute():
    run = trained_run("A", snapshot=make_snapshot(), base=make_base(), losses=[0.7, 0.5])
    run.metrics.create(phase="eval", step=0, logged_at=BEGAN, values={"loss": 0.9})
    run.metrics.create(
        phase="eval", step=2, logged_at=BEGAN + timedelta(seconds=150), values={"loss": 0.6}
    )
    by = {
        across: MeasuredPoints(run, CurveView(across=across))
        for across in ("step", "tokens", "minutes")
    }
    assert by["step"]["train", "loss"] == [(1.0, 0.7), (2.0, 0.5)]
    assert by["tokens"]["train", "loss"] == [(100.0, 0.7), (200.0, 0.5)]
    assert by["tokens"]["eval", "loss"] == [(0.0, 0.9), (200.0, 0.6)]
    assert by["minutes"]["train", "loss"] == [(1.0, 0.7), (2.0, 0.5)]
    assert by["minutes"]["eval", "loss"] == [(0.0, 0.9), (2.5, 0.6)]


@pytest.mark.django_db
def test_a_run_that_counted_no_tokens_has_no_points_by_tokens():
    run = trained_run("A", snapshot=make_snapshot(), base=make_base())
    run.metrics.create(phase="train", step=1, logged_at=BEGAN, values={"loss": 0.9})
    assert dict(MeasuredPoints(run, CurveView(across="tokens"))) == {}
    assert tokens_at([]) is None


@pytest.mark.django_db
def test_what_is_no_number_is_not_drawn():
    run = trained_run("A", snapshot=make_snapshot(), base=make_base())
    values = {"loss": None, "is_good": True, "word": "much", "grad_norm": 2}
    run.metrics.create(phase="train", step=1, logged_at=BEGAN, values=values)
    assert dict(MeasuredPoints(run, CurveView())) == {("train", "grad_norm"): [(1.0, 2.0)]}
