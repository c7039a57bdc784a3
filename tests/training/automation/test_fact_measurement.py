"""Facts as a worker measures them, and how they are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.agreement.reports import refresh_report
from annotate.models import ComparisonState, Preference
from tests.factories import judge_comparison, make_comparison, make_project
from tests.training.automation.scheduling import end, long_ago, make_recipe, prefer, schedule_of
from training.automation import fact_measurement
from training.automation.counting import store_counts
from training.automation.fact_measurement import (
    forget_old_facts,
    measure_facts,
    ring_for_stale_facts,
)
from training.automation.rounds import start_round
from training.automation.schedules import pause_schedule
from training.models import ProjectFacts, Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    heard = []
    monkeypatch.setattr(fact_measurement, "ring_once", lambda task, pk: heard.append(pk))
    return heard


def newest(project):
    return ProjectFacts.objects.get(project=project, is_newest=True)


def test_what_is_measured_is_what_the_rows_say():
    project = make_project(overlap=2)
    recipe = make_recipe(project)
    schedule_of(recipe)
    for verdicts in (["first", "first"], ["second", "second"], ["first", "first"]):
        judge_comparison(make_comparison(project), *verdicts)
    judge_comparison(make_comparison(project), "first", "second")
    assert project.comparisons.filter(state=ComparisonState.ADJUDICATION).count() == 1
    report = refresh_report(project)
    measure_facts(project)
    facts = newest(project).facts
    assert facts["preferences"] == {"value": 3}
    assert facts["judgements"] == {"value": 8}
    assert facts["annotators"] == {"value": 8}
    assert facts["percent_agreement"]["value"] == 0.75
    alpha = report.report["without_simulated"]["figures"]["krippendorff_alpha"]
    assert facts["alpha"]["value"] == pytest.approx(alpha["value"])
    assert facts["alpha"]["n"] == 4
    contested = facts["contested_share"]  # 1 of 4, by Wilson's formula
    assert (contested["value"], contested["n"]) == (0.25, 4)
    assert contested["lower"] == pytest.approx(0.0456, abs=1e-4)
    assert contested["upper"] == pytest.approx(0.6994, abs=1e-4)
    assert "held_out_pairs" not in facts  # there is no snapshot


def test_one_row_stands_while_nothing_changes_and_an_hour_has_one():
    recipe = make_recipe()
    schedule_of(recipe)
    measure_facts(recipe.project)
    first = newest(recipe.project)
    measure_facts(recipe.project)
    assert newest(recipe.project).pk == first.pk
    prefer(recipe.project, 1)
    measure_facts(recipe.project)  # within the hour: written over
    assert newest(recipe.project).pk == first.pk
    assert newest(recipe.project).facts["preferences"] == {"value": 1}
    ProjectFacts.objects.update(measured_at=timezone.now() - timedelta(hours=2))
    measure_facts(recipe.project)  # the same facts, two hours later
    assert ProjectFacts.objects.count() == 1
    prefer(recipe.project, 1)
    measure_facts(recipe.project)
    assert ProjectFacts.objects.count() == 2
    assert newest(recipe.project).pk != first.pk


def test_only_what_has_changed_is_rung_for(rung):
    idle, busy = make_recipe(), make_recipe()
    schedule_of(idle)
    schedule = schedule_of(busy)
    assert ring_for_stale_facts() == 2
    for recipe in (idle, busy):
        measure_facts(recipe.project)
    ProjectFacts.objects.update(seconds=0)
    assert ring_for_stale_facts() == 0
    prefer(busy.project, 1)
    rung.clear()
    assert ring_for_stale_facts() == 1
    assert rung == [busy.project.pk]
    ProjectFacts.objects.update(seconds=60)  # it took so long that it rests
    assert ring_for_stale_facts() == 0
    ProjectFacts.objects.update(seconds=0)
    pause_schedule(schedule_id=schedule.public_id)
    assert ring_for_stale_facts() == 0


def test_counts_are_those_of_the_recipe_s_own_selection():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences")
    prefer(recipe.project, 3)
    judge_comparison(make_comparison(recipe.project), "tie")
    judge_comparison(make_comparison(recipe.project), "both_bad")

    def counted():
        store_counts(schedule, now=timezone.now())
        return schedule.n_since_round, schedule.n_since_success

    assert counted() == (4, 4)  # a tie is taken, both bad is not
    recipe.versions.update(steps=[{"do": "freeze", "selection": {"include_ties": False}}])
    assert counted() == (3, 3)
    Preference.objects.filter(outcome="preference").update(superseded_at=timezone.now())
    assert counted() == (0, 0)


def test_counts_begin_with_the_last_round_and_the_last_success():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences")

    def a_round(state, **ago):
        begun = start_round(version=recipe.versions.get(), trigger="hand")
        end(begun, state)
        long_ago(begun, **ago)

    a_round("succeeded", hours=5)
    a_round("failed", hours=3)
    prefer(recipe.project, 6)
    ages = [6, 4, 4, 2, 1, 0]  # in hours: one before the success, two before the failure
    for preference, hours in zip(Preference.objects.order_by("pk"), ages, strict=True):
        at = timezone.now() - timedelta(hours=hours)
        Preference.objects.filter(pk=preference.pk).update(resolved_at=at)
    store_counts(schedule, now=timezone.now())
    assert (schedule.n_since_round, schedule.n_since_success) == (3, 5)
    assert Round.objects.count() == 2


def test_old_facts_are_forgotten_and_the_newest_is_not():
    recipe = make_recipe()
    long_since = timezone.now() - timedelta(days=200)
    for n in range(3):
        ProjectFacts.objects.create(
            project=recipe.project,
            measured_at=long_since + timedelta(hours=n),
            held_until=long_since + timedelta(hours=n),
            is_newest=n == 2,
            facts={},
        )
    forget_old_facts()
    assert ProjectFacts.objects.get().is_newest
