"""Two tabs over one thing: the second is told what the first has kept, and may have its way."""

import re
from html import unescape

import pytest
from django.urls import reverse

from tests.factories import make_admin, make_project
from tests.training.automation.scheduling import schedule_of
from training.checkpoints.kept import rules
from training.models import Schedule
from training.promotion.gates import gate_of
from training.runs.budgets import budget_use

pytestmark = pytest.mark.django_db
SAID = "Somebody else has changed this since you opened it"


@pytest.fixture
def admin(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def of_budget():
    project = make_project()
    sent = {"weekly_hours": "", "most_runs": "2", "priority": "1", "time_zone": "UTC"}
    return (
        reverse("training:budget", args=[project.slug]),
        sent,
        {"priority": "5"},
        {"priority": "7"},
        "Priority",
        lambda: budget_use(project).priority,
    )


def of_gate():
    project = make_project()
    sent = {"min_prompts": "30", "better_on": "accuracy", "max_longer": "0.2"}
    return (
        reverse("training:in_use_gate", args=[project.slug]),
        sent,
        {"min_prompts": "25"},
        {"min_prompts": "27"},
        "prompts",
        lambda: gate_of(project).min_prompts - 20,
    )


def of_retention():
    sent = {"keep_newest": "10", "keep_best": "3", "resumable_days": "14", "keep_sweeps": "on"}
    return (
        reverse("training:retention"),
        sent,
        {"keep_newest": "5"},
        {"keep_newest": "7"},
        "ewest of each kind",
        lambda: rules().keep_newest,
    )


def of_schedule():
    schedule = schedule_of()
    sent = {"name": "Ours", "trigger": "hand", "time_zone": "UTC", "patience_hours": "0"}
    sent |= {"conditions_as": "json", "conditions_json": "", "cooldown_hours": "0"}
    return (
        reverse("training:schedule_change", args=[schedule.public_id]),
        sent,
        {"cooldown_hours": "5"},
        {"cooldown_hours": "7"},
        "Cool-down",
        lambda: Schedule.objects.get().cooldown_hours,
    )


def seen_on(page) -> str:
    (found,) = re.findall(r'name="seen" value="([^"]*)"', page.content.decode())
    return unescape(found)


@pytest.mark.parametrize("of", [of_budget, of_gate, of_retention, of_schedule])
def test_nobody_overwrites_unawares_what_another_tab_has_kept(admin, of):
    address, sent, first, second, label, present = of()
    in_one, in_other = seen_on(admin.get(address)), seen_on(admin.get(address))
    assert admin.post(address, {**sent, **first, "seen": in_one}).status_code == 302
    assert present() == 5
    told = admin.post(address, {**sent, **second, "seen": in_other})
    page = told.content.decode()
    assert told.status_code == 200 and SAID in page and label in page
    assert present() == 5
    assert re.search('value="2?7"', page)  # nothing that was typed is lost
    assert admin.post(address, {**sent, **second, "seen": seen_on(told)}).status_code == 302
    assert present() == 7


@pytest.mark.parametrize("seen", [None, "", "[]", "{", '{"priority": "0"}', "null"])
def test_whoever_was_shown_nothing_is_asked_nothing(admin, seen):
    address, sent, first, *_rest, present = of_budget()
    was_told = seen == '{"priority": "0"}'
    given = {**sent, **first} if seen is None else {**sent, **first, "seen": seen}
    assert admin.post(address, given).status_code == (200 if was_told else 302)
    assert present() == (1 if was_told else 5)
