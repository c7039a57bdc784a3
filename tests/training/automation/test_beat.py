"""What a beat costs, and what it writes down of many schedules at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_project
from tests.training.automation.scheduling import at, know, make_recipe, prefer, schedule_of
from training.automation import advancing, beat
from training.automation.beat import look_at_schedules, news, watched
from training.automation.counting import store_counts
from training.automation.fact_measurement import measure_facts, ring_for_stale_facts
from training.automation.recipes import newest_version
from training.automation.rounds import start_round
from training.models import (
    Alias,
    ProjectFacts,
    Recipe,
    Round,
    Schedule,
    ScheduleCheck,
    ScheduleOutcome,
)

pytestmark = pytest.mark.django_db

ASKED = {
    "all": [
        {"fact": "alpha.lower", "at_least": 0.4},
        {"fact": "accuracy.lower", "at_least": 0.6},
        {"fact": "budget_seconds_left", "at_least": 60},
        {"fact": "new_preferences", "at_least": 3},
    ]
}


def queries_of(function):
    with CaptureQueriesContext(connection) as captured:
        function()
    return len(captured)


def more(n_schedules, *, n_projects=1):
    projects = [make_project() for _project in range(n_projects)]
    for project in projects:
        know(project, alpha=(0.5, 0.36, 0.62, 120))
    for number in range(n_schedules):
        trigger = ("calendar", "preferences", "hand")[number % 3]
        recipe = make_recipe(projects[number % n_projects])
        schedule_of(recipe, name=f"Schedule {number}", trigger=trigger, conditions=ASKED)


def test_a_beat_without_news_costs_the_same_however_many_there_are():
    def beat_without_news():
        assert news(watched(), now=timezone.now()) == []

    more(3)
    look_at_schedules()
    few = queries_of(beat_without_news)
    more(60, n_projects=20)
    look_at_schedules()
    assert queries_of(beat_without_news) == few <= 13


def test_a_beat_in_which_all_have_news_costs_the_same_up_to_its_parts():
    more(3)
    few = queries_of(look_at_schedules)
    more(60, n_projects=20)
    assert queries_of(look_at_schedules) <= few + 4 <= 39  # SQLite takes 32 rows at once
    assert ScheduleCheck.objects.count() == 63
    assert set(Schedule.objects.values_list("last_outcome", flat=True)) == {"not_due"}


def test_to_ring_for_facts_costs_the_same_however_many_there_are(monkeypatch):
    rung = []
    monkeypatch.setattr(
        "training.automation.fact_measurement.ring_once", lambda _task, pk: rung.append(pk)
    )
    more(3)
    few = queries_of(ring_for_stale_facts)
    more(60, n_projects=20)
    assert queries_of(ring_for_stale_facts) == few <= 12
    assert len(rung) == 1 + 21


def test_many_are_written_down_in_parts_and_each_once(monkeypatch):
    monkeypatch.setattr(beat, "AT_ONCE", 4)
    more(10)
    assert look_at_schedules() == 10
    assert look_at_schedules() == 0
    assert ScheduleCheck.objects.count() == 10
    checked = ScheduleCheck.objects.values_list("schedule", flat=True)
    assert set(checked) == set(Schedule.objects.values_list("pk", flat=True))


def test_what_lapses_and_what_waits_is_written_down_beside_what_starts():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    low, high = ({"fact": "alpha.lower", "at_least": wanted} for wanted in (0.3, 0.4))
    lapses = schedule_of(recipe, name="Lapses", trigger="calendar", conditions=high)
    waits = schedule_of(
        make_recipe(recipe.project), trigger="calendar", conditions=high, patience_hours=5
    )
    starts = schedule_of(make_recipe(recipe.project), trigger="calendar", conditions=low)
    Schedule.objects.update(next_due_at=timezone.now() - timedelta(hours=2))
    assert look_at_schedules() == 3
    outcomes = dict(ScheduleCheck.objects.values_list("schedule", "outcome"))
    assert outcomes == {
        lapses.pk: "lapsed",
        waits.pk: "waits_for_conditions",
        starts.pk: "started",
    }
    waits.refresh_from_db()
    lapses.refresh_from_db()
    assert (waits.due_at is None, lapses.due_at, lapses.last_outcome) == (False, None, "not_due")
    assert Round.objects.get().recipe == starts.recipe


def test_rounds_that_take_long_to_start_are_left_to_the_next_beat(monkeypatch):
    for number in range(3):
        schedule_of(make_recipe(), name=str(number), trigger="calendar")
    Schedule.objects.update(next_due_at=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr(beat, "LONGEST_SECONDS", -1.0)
    assert look_at_schedules() == 0
    assert not Round.objects.exists()
    assert not Schedule.objects.exclude(checked_at=None).exists()  # nobody has looked at them
    monkeypatch.setattr(beat, "LONGEST_SECONDS", 5.0)
    assert look_at_schedules() == 3
    assert Round.objects.count() == 3


def test_who_has_been_due_longest_comes_first_and_what_was_refused_last(monkeypatch):
    due = [
        schedule_of(make_recipe(), name=str(number), trigger="calendar", rule="0 0 1 1 *")
        for number in range(4)
    ]
    for schedule, hours in zip(due, (2, 40, 3, 1), strict=True):
        came_due = timezone.now() - timedelta(hours=hours)
        Schedule.objects.filter(pk=schedule.pk).update(due_at=came_due)
    Schedule.objects.filter(pk=due[1].pk).update(last_outcome=ScheduleOutcome.REFUSED)
    looked_at = []
    monkeypatch.setattr(beat, "look_at", lambda pk, now: looked_at.append(pk))
    look_at_schedules()
    assert looked_at == [due[place].pk for place in (2, 0, 3, 1)]


def test_of_many_rounds_some_are_looked_at_and_the_rest_another_time(monkeypatch):
    rounds = {start_round(version=newest_version(make_recipe()), trigger="hand").pk for _ in "abc"}
    seen: set[int] = set()
    monkeypatch.setattr(advancing, "advance_round", seen.add)
    monkeypatch.setattr(advancing, "LONGEST_SECONDS", -1.0)
    advancing.advance_rounds()
    assert seen == set()
    monkeypatch.setattr(advancing, "LONGEST_SECONDS", 5.0)
    advancing.advance_rounds()
    assert seen == rounds


def test_the_beat_leaves_counting_to_a_worker_but_for_what_is_due():
    recipe = make_recipe()
    counts = schedule_of(recipe, name="Counts", trigger="preferences", every_n=2)
    asks = schedule_of(
        make_recipe(recipe.project),
        trigger="calendar",
        conditions={"fact": "new_preferences", "at_least": 2},
    )
    prefer(recipe.project, 2)
    look_at_schedules()
    counts.refresh_from_db()
    assert (counts.counted_at, Round.objects.count()) == (None, 0)
    Schedule.objects.filter(pk=asks.pk).update(next_due_at=timezone.now() - timedelta(hours=2))
    look_at_schedules()
    assert Round.objects.get().recipe == asks.recipe
    measure_facts(recipe.project)
    look_at_schedules()
    assert Round.objects.filter(recipe=recipe).count() == 1


def test_a_worker_counts_anew_after_a_round_without_measuring_again():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=2)
    measure_facts(recipe.project)
    before = ProjectFacts.objects.get()
    Round.objects.create(recipe=recipe, version=recipe.versions.get(), number=1, trigger="hand")
    measure_facts(recipe.project)
    schedule.refresh_from_db()
    assert ProjectFacts.objects.get().held_until == before.held_until
    assert schedule.counted_since[0] is not None


def test_what_a_paused_recipe_refuses_is_not_tried_at_every_beat(monkeypatch):
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=1)
    prefer(recipe.project, 1)
    store_counts(schedule, now=timezone.now())
    Recipe.objects.update(is_paused=True)
    assert look_at_schedules() == 1
    assert [look_at_schedules() for _beat in range(2)] == [0, 0]
    assert schedule.checks.get().outcome == ScheduleOutcome.REFUSED
    Recipe.objects.update(is_paused=False)
    assert look_at_schedules() == 1
    assert Round.objects.get().recipe == recipe


def test_a_clock_that_was_far_ahead_does_not_put_the_next_time_off_for_a_year():
    schedule = schedule_of(trigger="calendar", rule="30 2 * * *")
    ahead = at("2031-05-01T00:00:00+00:00")
    now = at("2030-05-01T00:00:00+00:00")
    Schedule.objects.update(checked_at=ahead, next_due_at=ahead + timedelta(hours=2.5))
    beat.look_at(schedule.pk, now=now)
    schedule.refresh_from_db()
    assert schedule.next_due_at == at("2030-05-01T02:30:00+00:00")


def test_a_time_that_has_come_already_does_not_come_again_when_the_clock_is_set_back():
    schedule = schedule_of(trigger="calendar", rule="30 2 * * *")
    Schedule.objects.update(next_due_at=at("2030-05-01T02:30:00+00:00"))
    beat.look_at(schedule.pk, now=at("2030-05-01T02:30:05+00:00"))
    first = Round.objects.get()
    Round.objects.update(state="succeeded", finished_at=timezone.now(), started_at=first.due_at)
    beat.look_at(schedule.pk, now=at("2030-05-01T01:45:00+00:00"))  # set back by 45 minutes
    beat.look_at(schedule.pk, now=at("2030-05-01T02:31:00+00:00"))
    assert Round.objects.get() == first
    schedule.refresh_from_db()
    assert schedule.next_due_at == at("2030-05-02T02:30:00+00:00")


def test_names_that_nobody_bears_ask_for_nothing_more():
    more(3)
    look_at_schedules()
    assert not Alias.objects.exists()
    [check] = ScheduleCheck.objects.filter(schedule__trigger="hand")
    accuracy = check.clauses[1]
    assert (accuracy["of"], accuracy["checkpoint"], accuracy["holds"]) == ("champion", "", None)
