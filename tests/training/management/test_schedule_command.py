"""`manage.py schedule`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.training.automation.scheduling import know, make_recipe, schedule_of
from training.models import Round

pytestmark = pytest.mark.django_db


def told(*arguments):
    out = StringIO()
    call_command("schedule", *arguments, stdout=out)
    return out.getvalue()


def test_a_schedule_from_the_command_line():
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, conditions={"all": [{"fact": "alpha.lower", "at_least": 0.4}]})
    assert "It starts when somebody presses" in told("list")
    assert "wanted: at least 0.4" in told("dry-run", "Ours")
    assert json.loads(told("dry-run", "Ours", "--json"))["would_start"] is False
    assert json.loads(told("back-test", str(schedule.public_id), "--json"))["starts"] == []
    assert json.loads(told("run", "Ours", "--json"))["started"] is False
    assert json.loads(told("run", "Ours", "--anyway", "--json"))["started"] is True
    assert Round.objects.count() == 1
    assert "paused" in told("pause", "Ours")
    assert "goes on" in told("go-on", "Ours")
    with pytest.raises(CommandError, match="There is no schedule"):
        told("run", "Theirs")
    with pytest.raises(CommandError, match="--anyway"):
        told("pause", "Ours", "--anyway")
