"""Webhooks: what opens them, how often, and what comes of a call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.access.tokens import token_digest
from tests.training.automation.scheduling import make_recipe, schedule_of
from training.automation import hooks, looking
from training.automation.hooks import MOST_CALLS, WINDOW, call_hook, make_hook_token
from training.automation.schedules import ScheduleSettings, change_schedule, pause_schedule
from training.errors import HookRefused, ScheduleRefused, TooManyCalls
from training.models import Round, Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook():
    schedule = schedule_of(make_recipe(), trigger="webhook")
    return schedule, make_hook_token(schedule_id=schedule.public_id, made_by=None)


def test_a_call_with_the_token_starts_a_round(hook):
    schedule, token = hook
    called = call_hook(schedule_id=schedule.public_id, token=token)
    assert (called.outcome, called.round) == ("started", Round.objects.get())
    assert called.round.trigger == "webhook"
    later = call_hook(schedule_id=schedule.public_id, token=token)
    assert (later.outcome, later.round) == ("waits_for_round", None)
    assert call_hook(schedule_id=schedule.public_id, token=token).outcome == "waits_for_round"
    assert Round.objects.count() == 1


def test_a_call_is_told_of_the_round_that_the_scheduler_was_quicker_to_start(hook, monkeypatch):
    schedule, token = hook

    def both(pk):
        looking.look_at(pk)  # the scheduler's, between the call and its own look
        return looking.look_at(pk)

    monkeypatch.setattr(hooks, "look_at", both)
    called = call_hook(schedule_id=schedule.public_id, token=token)
    assert (called.outcome, called.round) == ("started", Round.objects.get())


def test_only_the_digest_of_the_newest_token_is_kept(hook):
    schedule, first = hook
    second = make_hook_token(schedule_id=schedule.public_id, made_by=None)
    schedule.refresh_from_db()
    assert schedule.hook_digest == token_digest(second)
    assert first not in str(vars(schedule))
    assert second.startswith(schedule.hook_prefix)
    assert len(second) - len(schedule.hook_prefix) >= 32
    with pytest.raises(HookRefused):
        call_hook(schedule_id=schedule.public_id, token=first)


def test_wrong_tokens_and_other_schedules_are_refused_alike(hook):
    schedule, token = hook
    plain, bare = schedule_of(trigger="hand"), schedule_of(trigger="webhook")
    for public_id, given in [
        (schedule.public_id, token + "x"),
        (schedule.public_id, ""),
        (plain.public_id, token),
        (bare.public_id, ""),  # which has no token yet
        (make_recipe().public_id, token),
    ]:
        with pytest.raises(HookRefused):
            call_hook(schedule_id=public_id, token=given)
    with pytest.raises(ScheduleRefused):
        make_hook_token(schedule_id=plain.public_id, made_by=None)
    assert not Round.objects.exists()


def test_calls_are_limited_within_an_hour(hook):
    schedule, token = hook
    Schedule.objects.update(n_hook_calls=MOST_CALLS - 1, hook_window_at=timezone.now())
    call_hook(schedule_id=schedule.public_id, token=token)
    with pytest.raises(TooManyCalls):
        call_hook(schedule_id=schedule.public_id, token=token)
    Schedule.objects.update(hook_window_at=timezone.now() - WINDOW)
    call_hook(schedule_id=schedule.public_id, token=token)
    schedule.refresh_from_db()
    assert schedule.n_hook_calls == 1


def test_a_paused_schedule_is_not_started_and_not_made_due(hook):
    schedule, token = hook
    pause_schedule(schedule_id=schedule.public_id)
    assert call_hook(schedule_id=schedule.public_id, token=token).outcome == "not_due"
    schedule.refresh_from_db()
    assert schedule.due_at is None
    assert not Round.objects.exists()


def test_the_token_before_the_newest_opens_nothing(hook):
    schedule, first = hook
    second = make_hook_token(schedule_id=schedule.public_id, made_by=None)
    with pytest.raises(HookRefused):
        call_hook(schedule_id=schedule.public_id, token=first)
    assert call_hook(schedule_id=schedule.public_id, token=second).outcome == "started"


def test_a_clock_that_was_ahead_does_not_shut_callers_out(hook):
    schedule, token = hook
    ahead = timezone.now() + timedelta(days=300)
    Schedule.objects.update(n_hook_calls=MOST_CALLS, hook_window_at=ahead)
    assert call_hook(schedule_id=schedule.public_id, token=token).outcome == "started"


def test_a_token_of_a_schedule_that_no_longer_comes_due_by_webhook_opens_nothing(hook):
    schedule, token = hook
    change_schedule(
        schedule_id=schedule.public_id, settings=ScheduleSettings(name="Ours", trigger="hand")
    )
    with pytest.raises(HookRefused):
        call_hook(schedule_id=schedule.public_id, token=token)


@pytest.mark.parametrize("token", ["é" * 40, "\x00", "accord_hook_", "a" * 100_000])
def test_odd_tokens_are_refused_like_any_other(hook, token):
    schedule, _token = hook
    with pytest.raises(HookRefused):
        call_hook(schedule_id=schedule.public_id, token=token)
