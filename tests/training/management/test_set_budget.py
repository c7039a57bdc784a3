"""`manage.py set_budget`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_project
from training.models import Budget

pytestmark = pytest.mark.django_db


def told(*arguments) -> str:
    out = StringIO()
    call_command("set_budget", "letters", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture(autouse=True)
def project():
    return make_project(slug="letters")


def test_what_is_named_is_set_and_the_rest_stays():
    assert told() == (
        "letters: 0.0 machine hours in seven days, no limit; 0 running, no limit; priority 1"
    )
    assert not Budget.objects.exists()
    assert "of 1.5;" in told("--weekly-hours", "1.5", "--priority", "3")
    found = json.loads(told("--most-runs", "2", "--json"))
    assert (found["weekly_seconds"], found["most_runs"], found["priority"]) == (5400, 2, 3)
    assert "no limit; 0 running, at most 2; priority 3" in told("--weekly-hours", "none")
    quiet = told("--quiet", "22:00-06:30", "--time-zone", "Asia/Shanghai")
    assert quiet.endswith("at most 2; priority 3; quiet from 22:00 to 06:30 Asia/Shanghai")
    assert told("--priority", "2").endswith("quiet from 22:00 to 06:30 Asia/Shanghai")
    assert told("--quiet", "none").endswith("at most 2; priority 2")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--weekly-hours", "nan"),
        ("--weekly-hours", "1e300"),
        ("--weekly-hours", "-1"),
        ("--weekly-hours", "many"),
        ("--most-runs", "0"),
        ("--most-runs", "1.5"),
        ("--priority", "101"),
        ("--priority", "none"),
    ],
)
def test_what_no_budget_can_be_is_refused(arguments):
    with pytest.raises(CommandError):
        told(*arguments)
    assert not Budget.objects.exists()


def test_a_project_that_is_not_there():
    with pytest.raises(CommandError, match="There is no project"):
        call_command("set_budget", "numbers")
