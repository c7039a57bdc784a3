"""Due times at both daylight-saving edges, and what is no rule."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from training.automation.calendar_rules import CalendarRule
from training.automation.calendar_words import rule_in_words
from training.errors import ScheduleRefused
from training.runs.quiet_hours import QuietHours
from training.runs.time_zones import zone_names

BERLIN, NEW_YORK, HAVANA = "Europe/Berlin", "America/New_York", "America/Havana"


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def due(rule, zone, start, end):
    found = CalendarRule.checked(rule, zone).between(at(start), at(end), most=200)
    assert found == sorted(set(found))
    return [instant.strftime("%d %H:%M") for instant in found]  # in UTC


def utc(*times):
    return list(times)


def every_2_hours(day, first, last):
    return [f"{day} {hour:02}:30" for hour in range(first, last + 1, 2)]


# In Berlin the clocks go from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
SPRING = ("2026-03-28T00:00:00+00:00", "2026-03-30T06:00:00+00:00")


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        # a time that does not exist comes due once, at the first minute that does
        ("30 2 * * *", ["28 01:30", "29 01:00", "30 00:30"]),
        ("15,45 2 * * *", ["28 01:15", "28 01:45", "29 01:00", "30 00:15", "30 00:45"]),
        (
            "30 */2 29 3 *",
            [
                "28 23:30",
                *(
                    f"29 {hour}"
                    for hour in (
                        "01:00",
                        "02:30",
                        "04:30",
                        "06:30",
                        "08:30",
                        "10:30",
                        "12:30",
                        "14:30",
                        "16:30",
                        "18:30",
                        "20:30",
                    )
                ),
            ],
        ),
        ("0 3 * * *", ["28 02:00", "29 01:00", "30 01:00"]),
        ("*/30 2 29 3 *", ["29 01:00"]),
    ],
)
def test_a_time_that_the_clocks_skip_comes_due_once(rule, times):
    assert due(rule, BERLIN, *SPRING) == times


# In Berlin the clocks go from 03:00 back to 02:00 on 25 October 2026, at 01:00 UTC.
AUTUMN = ("2026-10-24T12:00:00+00:00", "2026-10-26T02:00:00+00:00")


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        # a time that comes twice comes due once, the first time
        ("30 2 * * *", ["25 00:30", "26 01:30"]),
        (
            "30 */2 25 10 *",
            [
                "24 22:30",
                "25 00:30",
                "25 03:30",
                "25 05:30",
                "25 07:30",
                "25 09:30",
                "25 11:30",
                "25 13:30",
                "25 15:30",
                "25 17:30",
                "25 19:30",
                "25 21:30",
            ],
        ),
        ("*/30 2 25 10 *", ["25 00:00", "25 00:30"]),
        ("0 3 * * *", ["25 02:00", "26 02:00"]),
    ],
)
def test_a_time_that_the_clocks_pass_twice_comes_due_once(rule, times):
    assert due(rule, BERLIN, *AUTUMN) == times


@pytest.mark.parametrize("midnight", ["2026-10-24T22:00:00+00:00", "2026-03-28T22:00:00+00:00"])
def test_every_hour_means_every_hour_that_passes(midnight):
    rule, start = CalendarRule.checked("10 * * * *", BERLIN), at(midnight)
    found = rule.between(start, start + timedelta(hours=6), most=99)
    assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(hours=1)] * 5


def test_from_within_the_second_passage_the_first_is_over():
    second_passage = at("2026-10-25T02:40:00+01:00")  # 01:40 UTC; the first 02:50 was 00:50 UTC
    rule = CalendarRule.checked("50 2 * * *", BERLIN)
    assert rule.next_after(second_passage) == at("2026-10-26T02:50:00+01:00")


def test_clocks_that_change_at_midnight():
    # In Havana 8 March 2026 begins at 01:00; 1 November 2026 has two hours from 00:00 to 01:00.
    def in_havana(rule, month):
        start = f"2026-{month}-01T00:00:00+00:00"
        return due(rule, HAVANA, start, f"2026-{month}-20T00:00:00+00:00")

    assert in_havana("0 0 8 3 *", "03") == ["08 05:00"]
    assert in_havana("30 0 1 11 *", "11") == ["01 04:30"]


def test_missed_times_are_one_the_last():
    rule = CalendarRule.checked("*/10 * * * *", NEW_YORK)
    now = at("2026-11-29T12:04:00+00:00")
    noon = at("2026-11-29T12:00:00+00:00")
    assert rule.latest_until(now, since=now - timedelta(days=9)) == noon
    assert rule.latest_until(now, since=now - timedelta(minutes=3)) is None
    assert rule.latest_until(noon, since=noon) == noon
    yearly = CalendarRule.checked("0 0 1 1 *", "UTC")
    assert yearly.latest_until(now, since=now - timedelta(days=700)) == at(
        "2026-01-01T00:00:00+00:00"
    )
    assert yearly.latest_until(now, since=now - timedelta(days=30)) is None


@pytest.mark.parametrize(
    ("rule", "zone", "field"),
    [
        ("", "UTC", "rule"),
        ("* * * *", "UTC", "rule"),
        ("0 0 2 * * *", "UTC", "rule"),  # with seconds
        ("61 2 * * *", "UTC", "rule"),
        ("0 2 * * FUNDAY", "UTC", "rule"),
        ("0 2 30 2 *", "UTC", "rule"),  # no February has it
        ("@daily", "UTC", "rule"),
        ("0 2 * * *", "Mars/Olympus", "time_zone"),
        ("0 2 * * *", "../../etc/passwd", "time_zone"),
        ("0 2 * * *", "", "time_zone"),
    ],
)
def test_what_is_no_rule_is_refused(rule, zone, field):
    with pytest.raises(ScheduleRefused) as refused:
        CalendarRule.checked(rule, zone)
    assert refused.value.field == field


def test_rules_in_words():
    def said(rule):
        return rule_in_words(CalendarRule.checked(rule, "Asia/Shanghai"))

    assert said("30 2 * * *") == "every day at 02:30 (Asia/Shanghai)"
    assert said("5 * * * *") == "every hour at minute 5 (Asia/Shanghai)"
    assert said("0 4 * * 0,6") == "every Sunday, Saturday at 04:00 (Asia/Shanghai)"
    assert said("0 4 * * mon-wed") == "every Monday, Tuesday, Wednesday at 04:00 (Asia/Shanghai)"
    assert said("0 4 1 * *") == "on day 1 of every month at 04:00 (Asia/Shanghai)"
    assert said("0 4 * * 5L") == "by the calendar rule “0 4 * * 5L” (Asia/Shanghai)"


def test_zones_are_places():
    names = zone_names()
    assert names[0] == "UTC"
    assert {"Asia/Shanghai", "Europe/Berlin"} <= set(names)
    assert not [name for name in names if name.startswith("Etc/")]


def test_quiet_hours_may_go_over_midnight():
    night = QuietHours(time(22), time(6), ZoneInfo(BERLIN))
    assert night.hold(at("2026-11-29T23:00:00+01:00"))
    assert night.hold(at("2026-11-29T05:59:00+01:00"))
    assert not night.hold(at("2026-11-29T06:00:00+01:00"))
    assert not night.hold(at("2026-11-29T21:59:00+01:00"))
    noon = QuietHours(time(12), time(13), ZoneInfo(BERLIN))
    assert noon.hold(at("2026-11-29T12:30:00+01:00"))
    assert not noon.hold(at("2026-11-29T13:00:00+01:00"))
