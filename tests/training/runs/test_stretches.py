"""Stretches of logged steps are those of the lines that are there, whoever logs and begins anew."""

import random
from datetime import timedelta

import pytest

from tests.training.contrast.rows import BEGAN, make_base, make_snapshot, trained_run
from training.contrast.measured_points import CurveView, MeasuredPoints
from training.models import MetricStretch, Run, RunMetric
from training.reports import logged as reading
from training.reports.curves import MOST_POINTS, curves_of
from training.reports.logged import logged_in
from training.runs.stretches import MADE, WIDTH, cut_back_stretches, keep_stretches

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return trained_run("long", snapshot=make_snapshot(), base=make_base())


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A run is long from a few hundred steps on."""
    monkeypatch.setattr(reading, "MOST_READ_WHOLE", 3 * WIDTH)


def log(run: Run, steps, phase: str = "train", seed: int = 1) -> None:
    """As a worker does, in batches."""
    chance = random.Random(seed)
    steps = list(steps)
    for start in range(0, len(steps), 50):
        batch = steps[start : start + 50]
        RunMetric.objects.bulk_create(
            RunMetric(
                run=run,
                phase=phase,
                step=step,
                logged_at=BEGAN + timedelta(minutes=step),
                values={"loss": chance.gauss(0, 1), "num_tokens": 100 * step, "word": "x"},
            )
            for step in batch
        )
        keep_stretches(run, {phase: set(batch)})


def kept(run: Run) -> list[tuple]:
    rows = MetricStretch.objects.filter(run=run).order_by("phase", "number")
    return list(rows.values_list("phase", "number", *MADE))


def values_of(run: Run) -> dict[int, float]:
    rows = run.metrics.filter(phase="train").values_list("step", "values__loss")
    return dict(rows)


def test_of_each_stretch_the_lowest_and_the_highest_are_kept_at_their_steps(run):
    log(run, range(1, 1000))
    losses = values_of(run)
    logged = logged_in(run, "train")
    assert len(logged.stretches) == 999 // WIDTH - 1  # but the first, and the one under way
    assert [step for step, *_rest in logged.first] == list(range(1, WIDTH))
    assert logged.last[0][0] == 999 // WIDTH * WIDTH
    assert logged.figures() == ["loss", "num_tokens"]
    points = {step: value for step, _when, value in logged.extremes("loss")}
    assert all(losses[step] == value for step, value in points.items())
    for number in range(999 // WIDTH):
        within = [losses[step] for step in range(number * WIDTH, number * WIDTH + WIDTH) if step]
        assert {min(within), max(within)} <= set(points.values())
    means = list(logged.means("loss"))
    assert sum(n for *_mean, n in means) == 999
    assert sum(n * mean for *_at, mean, n in means) == pytest.approx(sum(losses.values()))


def test_a_spike_of_a_long_run_is_drawn_and_both_ends_stay(run):
    log(run, range(1, 2000))
    spike = run.metrics.get(phase="train", step=1234)
    spike.values["loss"] = 99.0
    spike.save()
    keep_stretches(run, {"train": {1234}})  # logged anew
    (loss,) = [curve for curve in curves_of(run) if curve.key == "loss"]
    points = loss.series[0].points
    assert (1234, 99.0) in points
    assert (points[0][0], points[-1][0]) == (1, 1999)
    assert len(points) <= MOST_POINTS


def test_a_run_that_goes_on_from_a_checkpoint_has_the_stretches_of_what_it_logged_then(run):
    log(run, range(1, 600))
    RunMetric.objects.filter(run=run, step__gt=300).delete()
    cut_back_stretches(run, 300)
    assert max(number for _phase, number, *_rest in kept(run)) == 300 // WIDTH - 1
    log(run, range(301, 600), seed=2)
    resumed = kept(run)
    cut_back_stretches(run, None)
    assert kept(run) == []
    keep_stretches(run, {"train": {599}})
    assert kept(run) == resumed


def test_what_was_logged_before_there_were_stretches_is_taken_up_in_parts(run, monkeypatch):
    monkeypatch.setattr("training.runs.stretches.MOST_AT_ONCE", 2 * WIDTH)
    log(run, range(0, 40_000, 40))  # seldom: one or two lines in each stretch
    at_once = kept(run)
    MetricStretch.objects.all().delete()
    for _batch in range(20):
        keep_stretches(run, {"train": {39_960}})
    assert kept(run) == at_once
    assert sum(one[2] for one in at_once) == 39_960 // 40


def test_a_short_run_and_one_without_stretches_are_read_whole(run):
    log(run, range(1, 3 * WIDTH))
    assert logged_in(run, "train").stretches == ()
    log(run, range(3 * WIDTH, 1000))
    MetricStretch.objects.all().delete()
    assert len(logged_in(run, "train").first) == 999


@pytest.mark.parametrize(("across", "last"), [("step", 999.0), ("tokens", 99_900.0)])
def test_long_lines_stand_where_they_were_logged(run, across, last):
    log(run, range(1, 1000))
    points = MeasuredPoints(run, CurveView(across=across))["train", "loss"]
    places = [place for place, _value in points]
    assert places == sorted(places)
    assert places[-1] == last


def test_minutes_within_a_stretch_are_as_if_its_steps_took_equally_long(run):
    log(run, range(1, 1000))
    by_step, by_minute = (
        MeasuredPoints(run, CurveView(across=across))["train", "loss"]
        for across in ("step", "minutes")
    )
    assert [minute for minute, _value in by_minute] == pytest.approx(
        [step - 1 for step, _value in by_step]
    )


def test_a_long_line_is_smoothed_by_the_means_of_its_stretches(run):
    log(run, range(1, 1000))
    RunMetric.objects.filter(run=run).update(values={"loss": 3.0})
    MetricStretch.objects.all().delete()
    keep_stretches(run, {"train": {999}})
    points = MeasuredPoints(run, CurveView(smoothing=0.99))["train", "loss"]
    assert [value for _place, value in points] == pytest.approx([3.0] * len(points))
