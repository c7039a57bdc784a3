"""Schedules by the API, and a webhook from outside."""

import json

import pytest
from django.test import Client

from tests.training.api.calls import V1, post
from tests.training.automation.scheduling import know, make_recipe
from training.models import Round, Schedule

pytestmark = pytest.mark.django_db
ALPHA = {"all": [{"fact": "alpha.lower", "at_least": 0.4}]}


@pytest.fixture
def made(world, admin):
    recipe = make_recipe(world.own.project)
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    body = {
        "recipe": str(recipe.public_id),
        "name": "By program",
        "trigger": "calendar",
        "rule": "30 2 * * *",
        "conditions": ALPHA,
    }
    answer = post(admin, "schedules/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def round_of(made):
    return str(Round.objects.get(schedule_check__schedule__public_id=made["id"]).public_id)


def patch(client, made, **values):
    return client.patch(
        f"{V1}schedules/{made['id']}/", json.dumps(values), content_type="application/json"
    )


def test_what_is_sent_is_what_comes_back(admin, made):
    assert (made["conditions"], made["rule"], made["time_zone"]) == (ALPHA, "30 2 * * *", "UTC")
    assert "alpha is at least 0.4" in made["sentence"]
    assert admin.get(f"{V1}schedules/{made['id']}/").json() == made
    found = admin.get(f"{V1}schedules/?project={made['project']}&is_paused=false").json()
    assert made["id"] in [one["id"] for one in found["results"]]


def test_a_wrong_condition_is_a_problem_with_its_path(admin, made):
    wrong = {"all": [{"fact": "alpha", "at_least": 0.4}]}
    answer = patch(admin, made, conditions=wrong)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "condition_refused")
    assert problem["field"] == "conditions.all.0.fact"
    assert problem["value"] == "alpha"
    changed = patch(admin, made, trigger="preferences", every_n=20, rule="").json()
    assert (changed["trigger"], changed["conditions"]) == ("preferences", ALPHA)


def test_dry_run_back_test_press_and_checks(admin, made):
    address = f"{V1}schedules/{made['id']}/"
    run = admin.get(f"{address}dry-run/").json()
    assert (run["would_start"], run["outcome"]) == (False, "lapsed")
    [clause] = run["clauses"]
    assert (clause["lower"], clause["at_least"], clause["holds"]) == (0.36, 0.4, False)
    tried = admin.get(f"{address}back-test/").json()
    assert (tried["n_due"], tried["starts"]) == (90, [])
    pressed = post(admin, f"schedules/{made['id']}/run/")
    assert (pressed.status_code, pressed.json()["round"]) == (200, None)
    pressed = post(admin, f"schedules/{made['id']}/run/", {"anyway": True}).json()
    assert pressed["round"] == round_of(made)
    checks = admin.get(f"{address}checks/").json()["results"]
    assert [check["outcome"] for check in checks] == ["started", "lapsed"]


def test_a_webhook_needs_its_token_and_nothing_else(admin, made):
    assert post(admin, f"schedules/{made['id']}/token/").status_code == 400
    patch(admin, made, trigger="webhook", rule="", conditions={"all": []})
    token = post(admin, f"schedules/{made['id']}/token/").json()["token"]
    address = f"{V1}schedules/{made['id']}/hook/"
    stranger = Client(enforce_csrf_checks=True)
    for given in ("", "Bearer", "Bearer wrong", f"Token {token}", f"Bearer {token} twice"):
        refused = stranger.post(address, HTTP_AUTHORIZATION=given)
        assert (refused.status_code, refused.json()["code"]) == (401, "hook_refused")
    answer = stranger.post(address, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 202
    assert answer.json() == {
        "started": True,
        "outcome": "started",
        "round": round_of(made),
    }
    assert stranger.get(address, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 405
    again = stranger.post(address, HTTP_AUTHORIZATION=f"Bearer {token}")  # the same call once more
    assert (again.json()["started"], round_of(made)) == (False, answer.json()["round"])
    assert stranger.get(V1 + "schedules/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        (
            {"all": [{"fact": "accuracy.lower", "of": "x y", "at_least": 0.4}]},
            "conditions.all.0.of",
        ),
        ({"fact": "alpha.lower", "above": 1}, "conditions"),
        ({"fact": "preferences", "at_least": 1e13}, "conditions.at_least"),
        ({}, "conditions"),
    ],
)
def test_odd_conditions_are_refused_by_their_place(admin, made, conditions, field):
    answer = patch(admin, made, conditions=conditions)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    kept = admin.get(f"{V1}schedules/{made['id']}/").json()
    assert kept["conditions"] == ALPHA


def test_a_clause_on_a_model_says_which(admin, made):
    asked = {"all": [{"fact": "accuracy.lower", "of": "challenger", "at_least": 0.5}]}
    assert patch(admin, made, conditions=asked).json()["conditions"] == asked
    [clause] = admin.get(f"{V1}schedules/{made['id']}/dry-run/").json()["clauses"]
    assert (clause["of"], clause["checkpoint"], clause["holds"]) == ("challenger", "", None)


def test_a_lead_reads_and_does_not_change(world, lead, made):
    assert lead.get(f"{V1}schedules/{made['id']}/").status_code == 200
    assert patch(lead, made, name="Theirs").status_code == 403
    assert Schedule.objects.get(public_id=made["id"]).name == "By program"
