"""A sweep's runs beside the first: paired, wider the more there are, and only like with like."""

import math

import pytest
from scipy.special import ndtri

from tests.factories import make_admin
from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from training.contrast.swept import swept
from training.models import Evaluation, Run, RunKind, Sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


@pytest.fixture
def sweep():
    """A sweep of runs that were right on as many of a hundred pairs."""
    ground = {"snapshot": make_snapshot(), "base": make_base()}

    def make(*n_right: int | None) -> Sweep:
        made = Sweep.objects.create(name="How strong?", method="dpo", varied={"beta": [1, 2, 3]})
        for number, n in enumerate(n_right):
            wins = None if n is None else right_on(n)
            run = trained_run(f"Run {number}", **ground, wins=wins, beta=0.1 * (number + 1))
            evaluation = Evaluation.objects.filter(run=run).first()
            if evaluation is not None and n is not None:
                evaluation.figures = {"accuracy": {"value": n / 100, "low": 0, "high": 1, "n": 100}}
                evaluation.save()
            Run.objects.filter(pk=run.pk).update(sweep=made)
        return made

    return make


def test_the_worst_of_three_is_told_apart_and_the_near_one_is_not(boss, sweep):
    """By hand: 20 of 100 differ; two intervals share 5 %, so each is at 97.5 %."""
    table = swept(sweep(60, 58, 40), boss)
    first, near, far = table.runs
    assert [row.beside and row.beside.said for row in table.runs] == [None, "unclear", "worse"]
    middle = 20 / 102
    reach = ndtri(1 - 0.0125) * math.sqrt(22 - 102 * middle**2) / 102
    assert far.beside.shared["low"] == pytest.approx(middle - reach, abs=1e-9)
    assert far.beside.shared["high"] == pytest.approx(middle + reach, abs=1e-9)
    assert far.beside.shared["level"] == pytest.approx(0.975)
    assert table.n_paired == 2
    assert first.beside is None and near.beside.shared["difference"] == pytest.approx(0.02)


def test_one_that_was_not_measured_comes_last_and_says_nothing(boss, sweep):
    table = swept(sweep(None, 60, 50), boss)
    assert [row.beside and row.beside.said for row in table.runs] == [None, "worse", None]
    assert table.runs[-1].figure is None
    assert table.n_paired == 1


def test_what_was_scored_in_another_way_is_not_paired(boss, sweep):
    made = sweep(60, 40)
    worse = Evaluation.objects.get(run__name="Run 1")
    worse.figures |= {"scored_by": "log-prob a token"}
    worse.save()
    (_first, second) = swept(made, boss).runs
    assert (second.beside.said, second.beside.shared) == ("unknown", None)


def test_rewards_are_paired_by_prompt_and_smaller_is_better_is_turned(boss, sweep):
    made = sweep(60, 60)
    for number, run in enumerate(made.runs.order_by("pk")):
        values = {f"{prompt:08x}": prompt % 5 + 2.0 * number for prompt in range(40)}
        harm = {f"q{prompt}|en": float(prompt < 4 + 20 * number) for prompt in range(40)}
        by_prompt = {"rewards": values, "rewarded_by": "judge", "safety": {"harm_given": harm}}
        run.summary |= {"by_prompt": by_prompt}
        run.save()
        found = {"value": sum(values.values()) / 40, "low": 0, "high": 9, "n": 40}
        share = {"value": sum(harm.values()) / 40, "low": 0, "high": 1, "n": 40}
        run.evaluation.figures |= {"mean_reward": found, "safety": {"harm_given": share}}
        run.evaluation.save()
    by_reward = swept(made, boss, by="mean_reward")
    assert [row.run.name for row in by_reward.runs] == ["Run 1", "Run 0"]
    assert by_reward.runs[1].beside.said == "worse"
    assert by_reward.runs[1].beside.shared["difference"] == pytest.approx(2)
    by_harm = swept(made, boss, by="safety.harm_given")
    assert [row.run.name for row in by_harm.runs] == ["Run 0", "Run 1"]
    assert by_harm.runs[1].beside.said == "worse"
    assert by_harm.runs[1].beside.shared["difference"] == pytest.approx(-0.5)


def test_a_figure_that_is_kept_of_no_prompt_is_not_paired(boss, sweep):
    made = sweep(60, 40)
    for evaluation in Evaluation.objects.all():
        evaluation.figures |= {"kl_k1": {"value": 1.0, "low": 0.5, "high": 1.5, "n": 9}}
        evaluation.save()
    assert [row.beside for row in swept(made, boss, by="kl_k1").runs] == [None, None]


def test_an_evaluation_on_prompts_that_they_learnt_is_left_out(boss, sweep):
    made = sweep(60, 40)
    wide = make_snapshot(name="Wide")
    wide.eval_share = 0.5
    wide.save()
    for run in made.runs.all():
        Evaluation.objects.filter(run=run).delete()
        measuring = Run.objects.create(
            kind=RunKind.EVALUATE,
            snapshot=wide,
            base=run.checkpoints.get(),
            summary={"wins_by_pair": right_on(60 if run.name == "Run 0" else 40)},
        )
        figures = {"accuracy": {"value": 0.5, "low": 0, "high": 1, "n": 100}}
        run.checkpoints.get().evaluations.create(run=measuring, snapshot=wide, figures=figures)
    assert [row.beside and row.beside.said for row in swept(made, boss).runs] == [None, "unknown"]
