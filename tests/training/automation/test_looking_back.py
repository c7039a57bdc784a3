"""Dry runs and back-tests against hand-worked histories."""

from datetime import timedelta

import pytest

from annotate.models import Preference
from tests.training.automation.scheduling import at, know, make_recipe, prefer, schedule_of
from training.automation.back_test import back_test
from training.automation.dry_run import dry_run
from training.automation.schedule_words import back_test_in_words, dry_run_in_words, shown_clauses
from training.models import ProjectFacts, Round, ScheduleCheck, ScheduleOutcome

pytestmark = pytest.mark.django_db

NOW = at("2026-11-29T12:30:00+00:00")
DAY = timedelta(days=1)
ALPHA = {"all": [{"fact": "alpha.lower", "at_least": 0.4}]}


def fresh(schedule):
    return type(schedule).objects.select_related("recipe__project").get(pk=schedule.pk)


def remember(project, *rows):
    """Facts that stood from so many days ago until so many days ago: (from, until, lower end)."""
    for began, ended, lower in rows:
        ProjectFacts.objects.create(
            project=project,
            measured_at=NOW - began * DAY,
            held_until=NOW - ended * DAY,
            is_newest=False,
            facts={"alpha": {"value": 0.5, "lower": lower, "upper": 0.7, "n": 100}},
        )


def resolve(project, days_ago):
    """One preference a day that was resolved so many days ago."""
    prefer(project, len(days_ago))
    for preference, days in zip(Preference.objects.order_by("pk"), days_ago, strict=True):
        Preference.objects.filter(pk=preference.pk).update(resolved_at=NOW - days * DAY)


def test_a_dry_run_says_what_is_missing_and_starts_nothing():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = fresh(schedule_of(recipe, trigger="preferences", every_n=5, conditions=ALPHA))
    prefer(recipe.project, 3)
    run = dry_run(schedule)
    assert (run.would_start, run.outcome) == (False, ScheduleOutcome.WAITS_FOR_CONDITIONS)
    assert dry_run_in_words(run) == [
        "It would not start now: its conditions do not hold.",
        "It is not due: 3 of 5 new preferences are there.",
    ]
    [clause] = shown_clauses(run.evaluated.clauses)
    assert clause.sentence == (
        "The lower end of Krippendorff’s alpha is 0.36 (n = 120); wanted: at least 0.4."
    )
    assert not Round.objects.exists()
    assert not ScheduleCheck.objects.exists()


def test_a_dry_run_says_that_its_recipe_is_paused():
    recipe = make_recipe(is_paused=True)
    run = dry_run(schedule_of(recipe))
    assert (run.outcome, run.would_start) == (ScheduleOutcome.REFUSED, False)
    assert dry_run_in_words(run)[0] == "It would not start now: its recipe is paused."


def test_a_dry_run_of_what_would_start():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.46, 0.62, 120))
    schedule = fresh(schedule_of(recipe, trigger="calendar", rule="0 2 * * *", conditions=ALPHA))
    run = dry_run(schedule, now=NOW)
    assert run.would_start
    assert run.coming == [NOW.replace(hour=2, minute=0) + n * DAY for n in (1, 2, 3)]
    assert not Round.objects.exists()


def test_a_back_test_of_the_calendar_over_what_was_stored():
    recipe = make_recipe()
    # known from day 20 on: low until day 10, high until day 4, low since
    remember(recipe.project, (20, 10, 0.3), (10, 4, 0.45), (4, 0, 0.39))
    schedule = fresh(schedule_of(recipe, trigger="calendar", rule="0 2 * * *", conditions=ALPHA))
    found = back_test(schedule, now=NOW)
    nights = [NOW.replace(hour=2, minute=0) - days * DAY for days in range(90)]
    assert found.n_due == 90
    assert found.starts == [night for night in reversed(nights) if 4 <= (NOW - night) / DAY < 10]
    assert len(found.starts) == 6
    assert found.n_unclear == sum((NOW - night) / DAY > 20 for night in nights) == 70
    assert found.known_since == NOW - 20 * DAY
    sentences = back_test_in_words(found, schedule.own_zone)
    assert sentences[0].startswith("In the last 90 days it would have started 6 times, on ")
    assert "70 further times, nobody can say" in " ".join(sentences)


def test_a_back_test_that_counts_preferences():
    recipe = make_recipe()
    resolve(recipe.project, [80, 70, 60, 50, 40, 30, 20])
    schedule = fresh(schedule_of(recipe, trigger="preferences", every_n=3))
    found = back_test(schedule, now=NOW)
    # the third came 60 days ago and the sixth 30 days ago, both at half past: seen on the hour
    assert found.starts == [
        NOW.replace(minute=0) - days * DAY + timedelta(hours=1) for days in (60, 30)
    ]
    assert (found.n_due, found.n_unclear) == (2, 0)


def test_a_back_test_with_a_clause_that_must_hold_for_a_while():
    recipe = make_recipe()
    remember(recipe.project, (20, 10, 0.3), (10, 4, 0.45), (4, 0, 0.39))
    day = {"all": [{"fact": "alpha.lower", "at_least": 0.4, "for_hours": 48}]}
    schedule = fresh(schedule_of(recipe, trigger="calendar", rule="0 2 * * *", conditions=day))
    starts = back_test(schedule, now=NOW).starts
    assert len(starts) == 4  # the first two nights of six are too early
    assert all((NOW - night) / DAY < 8 for night in starts)


def test_what_is_never_kept_is_taken_for_granted_and_named():
    recipe = make_recipe()
    conditions = {
        "all": [{"fact": "worker_free", "is": True}, {"not": {"fact": "worker_free", "is": False}}]
    }
    schedule = fresh(
        schedule_of(recipe, trigger="calendar", rule="0 2 * * *", conditions=conditions)
    )
    found = back_test(schedule, now=NOW)
    assert (len(found.starts), found.taken_for_granted) == (90, ["worker_free"])
    assert "a training worker is free" in " ".join(back_test_in_words(found, schedule.own_zone))


def test_a_cool_down_thins_out_what_would_have_started():
    schedule = fresh(schedule_of(trigger="calendar", rule="0 2 * * *", cooldown_hours=24 * 7))
    assert len(back_test(schedule, now=NOW).starts) == 13  # 90 nights, every seventh


def test_hours_in_which_nobody_measured_are_not_known():
    recipe = make_recipe()
    remember(recipe.project, (20, 15, 0.5), (5, 0, 0.5))  # nobody from day 15 to day 5
    schedule = fresh(schedule_of(recipe, trigger="calendar", rule="0 2 * * *", conditions=ALPHA))
    found = back_test(schedule, now=NOW)
    assert len(found.starts) == 10
    assert found.n_unclear == 80


def test_by_hand_a_back_test_tells_how_long_the_conditions_held():
    recipe = make_recipe()
    remember(recipe.project, (4, 2, 0.5), (2, 0, 0.3))
    schedule = fresh(schedule_of(recipe, trigger="hand", conditions=ALPHA))
    found = back_test(schedule, now=NOW)
    assert (found.hours_held, found.hours_known) == (48, 96)
    assert not found.starts
    assert "nobody can say when" in back_test_in_words(found, schedule.own_zone)[0]
