"""What a beat, a press and a call start, and what they write down."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from annotate.models import Preference
from tests.factories import make_admin
from tests.training.automation.scheduling import (
    at,
    end,
    know,
    long_ago,
    make_recipe,
    prefer,
    schedule_of,
)
from training.automation import looking
from training.automation.beat import look_at_schedules
from training.automation.counting import store_counts
from training.automation.looking import forget_old_checks, look_at, press
from training.automation.recipes import newest_version
from training.automation.rounds import start_round
from training.automation.schedules import (
    ScheduleSettings,
    change_schedule,
    pause_schedule,
    unpause_schedule,
)
from training.models import Recipe, Round, Schedule, ScheduleCheck, ScheduleOutcome

pytestmark = pytest.mark.django_db

ALPHA = {"all": [{"fact": "alpha.lower", "at_least": 0.4}]}
HOUR = timedelta(hours=1)


def outcomes(schedule):
    return list(schedule.checks.order_by("pk").values_list("outcome", flat=True))


def test_every_so_many_preferences_start_one_round():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=3)
    prefer(recipe.project, 2)
    look_at(schedule.pk)
    assert not Round.objects.exists()
    prefer(recipe.project, 5)  # seven are there: one round takes all of them
    store_counts(schedule, now=timezone.now())
    look_at(schedule.pk)
    first = Round.objects.get()
    assert (first.trigger, first.recipe) == ("preferences", recipe)
    look_at(schedule.pk)
    end(first)
    look_at(schedule.pk)
    assert Round.objects.count() == 1
    prefer(recipe.project, 3)
    store_counts(schedule, now=timezone.now())
    look_at(schedule.pk)
    assert Round.objects.count() == 2
    assert outcomes(schedule) == ["not_due", "started", "started"]


def test_a_round_that_failed_is_tried_again_after_as_many_more():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=2)
    prefer(recipe.project, 2)
    look_at(schedule.pk)
    end(Round.objects.get(), "failed")
    for _beat in range(3):
        look_at(schedule.pk)
    assert Round.objects.count() == 1
    schedule.refresh_from_db()
    assert (schedule.n_since_round, schedule.n_since_success) == (0, 2)
    prefer(recipe.project, 2)
    store_counts(schedule, now=timezone.now())
    look_at(schedule.pk)
    assert Round.objects.count() == 2


def test_what_people_took_back_meanwhile_does_not_count():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=2)
    prefer(recipe.project, 2)
    store_counts(schedule, now=timezone.now())
    Preference.objects.update(superseded_at=timezone.now())
    look_at(schedule.pk)  # the stored count still says 2, and is not believed
    assert not Round.objects.exists()


def test_missed_times_of_the_calendar_are_one_round():
    schedule = schedule_of(trigger="calendar", rule="*/10 * * * *")
    now = at("2030-11-29T12:04:00+00:00")
    Schedule.objects.update(next_due_at=now - timedelta(days=3))
    look_at(schedule.pk, now=now)
    begun = Round.objects.get()
    assert begun.due_at == at("2030-11-29T12:00:00+00:00")
    schedule.refresh_from_db()
    assert (schedule.due_at, schedule.next_due_at) == (None, at("2030-11-29T12:10:00+00:00"))
    look_at(schedule.pk, now=now + timedelta(minutes=1))
    assert Round.objects.count() == 1


def test_what_comes_due_during_a_round_waits_for_its_end_and_is_one():
    schedule = schedule_of(trigger="calendar", rule="*/10 * * * *")
    now = at("2030-11-29T12:04:00+00:00")
    for minutes in (0, 10, 20, 30):
        Schedule.objects.filter(next_due_at__gt=now + HOUR).update(next_due_at=now)
        look_at(schedule.pk, now=now + timedelta(minutes=minutes))
    schedule.refresh_from_db()
    assert Round.objects.count() == 1
    assert schedule.due_at == at("2030-11-29T12:30:00+00:00")
    end(Round.objects.get())
    look_at(schedule.pk, now=now + timedelta(minutes=31))
    assert Round.objects.count() == 2
    assert outcomes(schedule) == ["started", "waits_for_round", "started"]


def test_a_round_that_somebody_begins_while_we_look_is_waited_for(monkeypatch):
    schedule = schedule_of(trigger="calendar", rule="*/10 * * * *")
    now = at("2030-11-29T12:04:00+00:00")
    Schedule.objects.update(next_due_at=now - HOUR)

    def newest_version_of_a_busy_recipe(recipe):
        version = newest_version(recipe)
        start_round(version=version, trigger="hand")
        return version

    monkeypatch.setattr(looking, "newest_version", newest_version_of_a_busy_recipe)
    check = look_at(schedule.pk, now=now)
    schedule.refresh_from_db()
    assert check.outcome == ScheduleOutcome.WAITS_FOR_ROUND
    assert schedule.due_at == at("2030-11-29T12:00:00+00:00")


def test_where_conditions_do_not_hold_a_due_time_lapses_with_the_figures():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, trigger="calendar", conditions=ALPHA)
    now = schedule.next_due_at
    look_at(schedule.pk, now=now)
    assert not Round.objects.exists()
    check = schedule.checks.get()
    assert (check.outcome, check.holds) == (ScheduleOutcome.LAPSED, False)
    [clause] = check.clauses
    assert clause == {
        "path": "all.0",
        "fact": "alpha.lower",
        "at_least": 0.4,
        "value": 0.5,
        "lower": 0.36,
        "upper": 0.62,
        "n": 120,
        "holds": False,
    }


def test_patience_waits_for_conditions_and_then_lapses():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, trigger="calendar", conditions=ALPHA, patience_hours=3)
    Schedule.objects.update(rule="0 2 * * *", next_due_at=at("2026-11-29T02:00:00+00:00"))
    for hour in (2, 3, 4):
        look_at(schedule.pk, now=at(f"2026-11-29T0{hour}:00:00+00:00"))
    assert outcomes(schedule) == ["waits_for_conditions"]
    look_at(schedule.pk, now=at("2026-11-29T05:00:00+00:00"))
    assert outcomes(schedule) == ["waits_for_conditions", "lapsed"]
    look_at(schedule.pk, now=at("2026-11-30T02:00:00+00:00"))
    know(recipe.project, alpha=(0.5, 0.44, 0.62, 160))
    look_at(schedule.pk, now=at("2026-11-30T03:30:00+00:00"))
    assert Round.objects.get().due_at == at("2026-11-30T02:00:00+00:00")


def test_looks_that_find_nothing_new_write_nothing():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, conditions=ALPHA)
    for _beat in range(3):
        look_at_schedules()
    assert outcomes(schedule) == ["not_due"]
    know(recipe.project, alpha=(0.5, 0.37, 0.62, 125))  # another figure, the same truth
    look_at_schedules()
    assert outcomes(schedule) == ["not_due"]
    know(recipe.project, alpha=(0.5, 0.41, 0.62, 160))
    look_at_schedules()
    assert list(schedule.checks.order_by("pk").values_list("holds", flat=True)) == [False, True]


def test_quiet_hours_are_waited_for():
    quiet = {"quiet_from": at("2026-01-01T22:00:00+00:00").time(), "time_zone": "UTC"}
    quiet["quiet_until"] = at("2026-01-01T06:00:00+00:00").time()
    schedule = schedule_of(trigger="calendar", rule="0 2 * * *", **quiet)
    Schedule.objects.update(next_due_at=at("2026-11-29T02:00:00+00:00"))
    look_at(schedule.pk, now=at("2026-11-29T02:00:00+00:00"))
    look_at(schedule.pk, now=at("2026-11-29T05:59:00+00:00"))
    assert outcomes(schedule) == ["waits_for_quiet"]
    look_at(schedule.pk, now=at("2026-11-29T06:00:00+00:00"))
    assert outcomes(schedule) == ["waits_for_quiet", "started"]


def test_a_cool_down_runs_from_the_last_round_of_the_recipe():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=1, cooldown_hours=5)
    prefer(recipe.project, 1)
    look_at(schedule.pk)
    first = Round.objects.get()
    end(first)
    prefer(recipe.project, 1)
    store_counts(schedule, now=timezone.now())
    look_at(schedule.pk)
    assert outcomes(schedule)[-1] == "waits_for_cooldown"
    long_ago(first, hours=5.1)
    look_at(schedule.pk)
    assert outcomes(schedule)[-1] == "started"


def test_a_paused_schedule_starts_nothing_and_floods_nothing_afterwards():
    schedule = schedule_of(trigger="calendar", rule="*/10 * * * *")
    pause_schedule(schedule_id=schedule.public_id)
    Schedule.objects.update(next_due_at=timezone.now() - timedelta(days=30))
    look_at_schedules()
    look_at(schedule.pk)
    assert not Round.objects.exists()
    unpaused = unpause_schedule(schedule_id=schedule.public_id)
    assert unpaused.next_due_at > timezone.now()
    look_at_schedules()
    assert not Round.objects.exists()


def test_a_clause_must_hold_for_its_hours_while_somebody_looks():
    recipe = make_recipe()
    day = {"all": [{"fact": "alpha.lower", "at_least": 0.4, "for_hours": 24}]}
    know(recipe.project, alpha=(0.5, 0.45, 0.6, 100))
    schedule = schedule_of(recipe, conditions=day)
    start = at("2026-11-20T00:00:00+00:00")

    def holds_after(hours):
        Schedule.objects.update(checked_at=start + timedelta(hours=hours - 0.5))
        look_at(schedule.pk, now=start + timedelta(hours=hours))
        return schedule.checks.latest("pk").holds

    look_at(schedule.pk, now=start)
    assert holds_after(23) is False
    assert holds_after(24) is True
    know(recipe.project, alpha=(0.5, 0.35, 0.6, 100))
    assert holds_after(25) is False
    know(recipe.project, alpha=(0.5, 0.45, 0.6, 100))
    assert holds_after(26) is False
    assert holds_after(50) is True
    Schedule.objects.update(checked_at=start)  # nobody looked for two days: nobody knows
    look_at(schedule.pk, now=start + timedelta(hours=51))
    assert schedule.checks.latest("pk").holds is False


def test_what_is_refused_is_written_down_once_and_tried_again():
    recipe = make_recipe()
    schedule = schedule_of(recipe, trigger="preferences", every_n=1)
    prefer(recipe.project, 1)
    Recipe.objects.update(is_paused=True)
    for _beat in range(3):
        look_at(schedule.pk)
    check = schedule.checks.get()
    assert (check.outcome, bool(check.reason)) == (ScheduleOutcome.REFUSED, True)
    Recipe.objects.update(is_paused=False)
    look_at(schedule.pk)
    assert outcomes(schedule) == ["refused", "started"]


def test_a_press_starts_what_may_start_and_says_why_not():
    admin, recipe = make_admin(), make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, conditions=ALPHA)
    refused = press(schedule.pk, pressed_by=admin)
    assert (refused.outcome, refused.round, refused.asked_by) == (
        ScheduleOutcome.LAPSED,
        None,
        admin,
    )
    anyway = press(schedule.pk, pressed_by=admin, is_anyway=True)
    assert (anyway.outcome, anyway.round.trigger) == (ScheduleOutcome.STARTED, "hand")
    assert anyway.round.requested_by == admin
    again = press(schedule.pk, pressed_by=admin, is_anyway=True)
    assert again.outcome == ScheduleOutcome.WAITS_FOR_ROUND
    assert Round.objects.count() == 1


def test_what_is_changed_begins_afresh():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, trigger="calendar", conditions=ALPHA, patience_hours=9)
    look_at(schedule.pk, now=schedule.next_due_at)
    changed = change_schedule(
        schedule_id=schedule.public_id,
        settings=ScheduleSettings(name="Other", trigger="calendar", rule="0 3 * * *"),
    )
    assert (changed.due_at, changed.held_since, changed.last_outcome) == (None, {}, "")
    assert changed.next_due_at.hour == 3


def test_one_schedule_that_cannot_be_looked_at_hides_no_other():
    broken, sound = schedule_of(name="Broken"), schedule_of(name="Sound")
    Schedule.objects.filter(pk=broken.pk).update(conditions={"all": [{"fact": "moon"}]})
    look_at_schedules()
    assert outcomes(sound) == ["not_due"]
    broken.refresh_from_db()
    assert broken.last_outcome == ""


@pytest.mark.parametrize("trigger", ["calendar", "hand"])
def test_one_whose_time_zone_this_machine_no_longer_knows_hides_no_other(trigger):
    quiet = {"quiet_from": time(22), "quiet_until": time(6)}
    gone, sound = schedule_of(name="Gone", trigger=trigger, **quiet), schedule_of(name="Sound")
    Schedule.objects.filter(pk=gone.pk).update(time_zone="US/Moon", due_at=timezone.now())
    assert look_at_schedules() == 1
    assert outcomes(sound) == ["not_due"]


def test_old_checks_are_forgotten_but_for_those_that_led_to_a_round():
    schedule = schedule_of(make_recipe())
    press(schedule.pk, pressed_by=None)
    press(schedule.pk, pressed_by=None)
    assert outcomes(schedule) == ["started", "waits_for_round"]
    ScheduleCheck.objects.update(checked_at=timezone.now() - timedelta(days=399))
    forget_old_checks()
    assert len(outcomes(schedule)) == 2
    ScheduleCheck.objects.update(checked_at=timezone.now() - timedelta(days=401))
    forget_old_checks()
    assert outcomes(schedule) == ["started"]
