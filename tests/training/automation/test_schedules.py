"""What a schedule may say, and how it reads in both languages."""

from datetime import time

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from annotate.models import AuditEvent
from tests.factories import make_admin
from tests.training.automation.scheduling import make_recipe, schedule_of
from training.automation.schedule_words import schedule_in_words
from training.automation.schedules import ScheduleSettings, change_schedule, make_schedule
from training.errors import ConditionRefused, ScheduleRefused
from training.models import Schedule

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": "  "}, "name"),
        ({"trigger": "moon"}, "trigger"),
        ({"trigger": "preferences"}, "every_n"),
        ({"trigger": "preferences", "every_n": 0}, "every_n"),
        ({"trigger": "hand", "every_n": 5}, "every_n"),
        ({"trigger": "calendar"}, "rule"),
        ({"trigger": "calendar", "rule": "now and then"}, "rule"),
        ({"trigger": "hand", "rule": "0 2 * * *"}, "rule"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"cooldown_hours": -1}, "cooldown_hours"),
        ({"patience_hours": 10**6}, "patience_hours"),
        ({"quiet_from": time(22)}, "quiet_until"),
        ({"quiet_until": time(6)}, "quiet_from"),
        ({"quiet_from": time(6), "quiet_until": time(6)}, "quiet_until"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(settings, field):
    with pytest.raises(ScheduleRefused) as refused:
        ScheduleSettings(**{"name": "Ours", "trigger": "hand", **settings})
    assert refused.value.field == field


def test_conditions_are_checked_before_anything_is_kept():
    schedule = schedule_of()
    with pytest.raises(ConditionRefused):
        change_schedule(
            schedule_id=schedule.public_id,
            settings=ScheduleSettings(name="X", trigger="hand", conditions={"fact": "moon"}),
        )
    schedule.refresh_from_db()
    assert schedule.name == "Ours"


def test_a_name_is_taken_once_for_a_recipe():
    schedule = schedule_of()
    with pytest.raises(ScheduleRefused) as refused:
        make_schedule(
            recipe=schedule.recipe, settings=ScheduleSettings(name="Ours", trigger="hand")
        )
    assert refused.value.field == "name"
    make_schedule(recipe=make_recipe(), settings=ScheduleSettings(name="Ours", trigger="hand"))


def test_who_made_it_is_written_down():
    admin = make_admin()
    make_schedule(
        recipe=make_recipe(),
        settings=ScheduleSettings(
            name="Ours", trigger="hand", quiet_from=time(1), quiet_until=time(2)
        ),
        made_by=admin,
    )
    event = AuditEvent.objects.get(action="schedule.make")
    assert event.after["quiet_from"] == "01:00:00"


@pytest.mark.parametrize(
    "values",
    [
        {"trigger": "preferences", "every_n": None},
        {"trigger": "calendar", "rule": ""},
        {"trigger": "moon"},
        {"quiet_from": time(2)},
        {"name": ""},
    ],
)
def test_the_database_holds_the_rules_too(values):
    schedule = schedule_of()
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.filter(pk=schedule.pk).update(**values)


def test_a_schedule_reads_as_sentences_in_both_languages():
    schedule = schedule_of(
        trigger="preferences",
        every_n=500,
        conditions={
            "all": [
                {"fact": "alpha.lower", "at_least": 0.4, "for_hours": 24},
                {
                    "any": [
                        {"fact": "worker_free", "is": True},
                        {"fact": "unfinished_runs", "below": 3},
                    ]
                },
                {"fact": "contested_share.upper", "at_most": 0.1},
            ]
        },
        cooldown_hours=20,
        quiet_from=time(22),
        quiet_until=time(6),
        time_zone="Asia/Shanghai",
    )
    assert schedule_in_words(schedule) == (
        "It comes due after every 500 new preferences since the last round. "
        "It starts only if the lower end of Krippendorff’s alpha is at least 0.4 for 24 hours on "
        "end and (a training worker is free or the number of runs that wait or run is below 3) "
        "and the upper end of the share of comparisons that people could not settle is at most "
        "10 %. From one round to the next, 20 hours pass at least. "
        "Nothing starts from 22:00 until 06:00 (Asia/Shanghai)."
    )
    with override("zh-hans"):
        words = schedule_in_words(schedule)
    assert words.startswith("自上一轮起每新增 500 个偏好到期。")
    assert "Krippendorff α 系数的区间下限至少 0.4（连续 24 小时）" in words
    assert "（有训练工作进程空闲 或 等待或进行中的运行数低于 3）" in words
    calendar = schedule_of(trigger="calendar", rule="30 2 * * *", patience_hours=3)
    assert schedule_in_words(calendar) == (
        "It comes due every day at 02:30 (UTC). Once due, it waits for that up to 3 hours."
    )


def test_facts_of_models_and_budgets_read_as_sentences_in_both_languages():
    schedule = schedule_of(
        conditions={
            "all": [
                {"fact": "accuracy.lower", "of": "of-may", "at_least": 0.6005},
                {"fact": "calibration_error.upper", "at_most": 0.1},
                {"fact": "more_harm.upper", "at_most": 0.05},
                {"fact": "more_refused.upper", "of": "champion", "below": -0.01},
                {"fact": "blind_win_rate.lower", "above": 0.5},
                {"fact": "blind_e_value", "at_least": 20},
                {"fact": "budget_seconds_left", "at_least": 7200},
                {"fact": "preferences", "at_least": 2.5},
            ]
        }
    )
    assert schedule_in_words(schedule) == (
        "It starts when somebody presses “Run now”. It starts only if "
        "the lower end of the held-out accuracy of “of-may” is at least 60.05 % and "
        "the upper end of the calibration error of the champion of the reward models is at most "
        "10 % and the upper end of the increase in harm given from the champion to the challenger "
        "is at most +5 points and the upper end of the increase in harmless prompts refused from "
        "the champion before it to the champion is below −1 points and "
        "the lower end of the blind win rate of the challenger over the champion is above 50 % and "
        "the e-value of the blind comparison of the challenger with the champion is at least 20 "
        "and the machine time left of the project’s seven days is at least 7200 s and "
        "the number of preferences is at least 2.5."
    )
    with override("zh-hans"):
        words = schedule_in_words(schedule)
    assert "“of-may”的留出准确率的区间下限至少 60.05%" in words
    assert "挑战者相对于冠军" in words
    assert "of the" not in words


@pytest.mark.parametrize("rule", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "60 * * * *", "* * * *"])
def test_a_rule_that_never_comes_due_is_refused(rule):
    with pytest.raises(ScheduleRefused) as refused:
        ScheduleSettings(name="Ours", trigger="calendar", rule=rule)
    assert refused.value.field == "rule"


def test_the_twenty_ninth_of_february_comes_due():
    schedule = schedule_of(trigger="calendar", rule="0 6 29 2 *")
    assert (schedule.next_due_at.month, schedule.next_due_at.day) == (2, 29)
