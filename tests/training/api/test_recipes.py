"""Recipes and rounds over the API."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_admin
from tests.training.api.calls import V1, post
from training.automation.recipes import create_recipe, newest_version
from training.automation.rounds import cancel_round, start_round
from training.models import Recipe, Round
from training.reports.rounds import recipe_rows

pytestmark = pytest.mark.django_db

FREEZE = [{"do": "freeze"}]


def change(client, address: str, body: object):
    return client.patch(V1 + address, json.dumps(body), content_type="application/json")


def test_a_recipe_is_kept_changed_and_its_versions_listed(admin, world):
    body = {"project": "own", "name": "Mine", "steps": FREEZE}
    made = post(admin, "recipes/", body)
    assert made.status_code == 201, made.content
    recipe = made.json()
    assert (recipe["project"], recipe["version"], recipe["steps"]) == ("own", 1, FREEZE)
    address = f"recipes/{recipe['id']}/"
    selected = [{"do": "freeze", "selection": {"include_ties": False}}]
    changed = change(admin, address, {"steps": selected, "name": "Yours", "version": 1})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["version"], changed.json()["name"]) == (2, "Yours")
    late = change(admin, address, {"steps": FREEZE, "version": 1, "name": "Theirs"})
    assert late.status_code == 400
    assert late.json()["field"] == "version"
    assert Recipe.objects.get(public_id=recipe["id"]).name == "Yours"
    versions = admin.get(f"{V1}{address}versions/").json()["results"]
    assert [row["steps"] for row in versions] == [FREEZE, selected]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A", "steps": [{"do": "thaw"}]}, "steps.1.do"),
        ({"name": "A", "steps": [{"do": "freeze", "x": 1}]}, "steps.1.x"),
        ({"name": "busy", "steps": FREEZE}, "name"),
    ],
)
def test_what_cannot_work_is_named(admin, world, body, field):
    answer = post(admin, "recipes/", {"project": "own", **body})
    assert answer.status_code == 400
    assert answer.json()["field"] == field


@pytest.mark.parametrize("depth", [100, 900, 50_000])
def test_what_is_nested_too_deep_is_no_fault_of_the_server(admin, world, depth):
    steps = '[{"do": "freeze", "selection": {"kinds": ' + "[" * depth + "]" * depth + "}}]"
    body = '{"project": "own", "name": "Deep", "steps": ' + steps + "}"
    answer = admin.post(f"{V1}recipes/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content


def test_a_body_of_a_megabyte_is_refused_in_a_short_sentence(admin, world):
    selection = {"cohorts": ["c" * 1000] * 1000}
    body = {"project": "own", "name": "Long", "steps": [{"do": "freeze", "selection": selection}]}
    answer = post(admin, "recipes/", body)
    assert (answer.status_code, answer.json()["field"]) == (400, "steps")
    assert len(answer.content) < 1000


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "A"},
        {"steps": FREEZE},
        {"name": "A", "steps": FREEZE, "shipped": "dpo_nightly"},
        {"name": "A", "steps": FREEZE, "schedule_paused": True},
        {"shipped": "no such"},
        {"name": "A", "steps": "freeze"},
        {"name": "A", "steps": ["freeze"]},
    ],
)
def test_bodies_that_say_too_little_or_too_much_are_refused(admin, world, body):
    before = Recipe.objects.count()
    assert post(admin, "recipes/", {"project": "own", **body}).status_code == 400
    assert Recipe.objects.count() == before


def test_one_that_ships_starts_from_the_checkpoint_that_is_named(admin, world):
    start = str(world.own.ids["checkpoint"])
    made = post(admin, "recipes/", {"project": "own", "shipped": "dpo_nightly", "start": start})
    assert made.status_code == 201, made.content
    assert made.json()["steps"][1]["start"] == f"checkpoint:{start}"
    [schedule] = made.json()["schedules"]
    assert admin.get(f"{V1}schedules/{schedule}/").json()["is_paused"] is False
    wishes = {"time_zone": "Asia/Shanghai", "schedule_paused": True}
    body = {"project": "own", "shipped": "reward_model_every_500_votes", "start": start, **wishes}
    [schedule] = post(admin, "recipes/", body).json()["schedules"]
    found = admin.get(f"{V1}schedules/{schedule}/").json()
    assert (found["every_n"], found["time_zone"], found["is_paused"]) == (
        500,
        "Asia/Shanghai",
        True,
    )
    before = Recipe.objects.count()
    wrong = post(admin, "recipes/", {**body, "time_zone": "Nowhere"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "time_zone")
    assert Recipe.objects.count() == before


def test_a_round_is_started_once_cancelled_and_goes_on(admin, world):
    recipe = world.own.ids["recipe"]
    begun = post(admin, f"recipes/{recipe}/start/")
    assert begun.status_code == 201, begun.content
    assert [step["state"] for step in begun.json()["steps"]] == ["waiting"]
    again = post(admin, f"recipes/{recipe}/start/")
    assert (again.status_code, again.json()["code"]) == (409, "round_under_way")
    address = f"rounds/{begun.json()['id']}/"
    cancelled = post(admin, f"{address}cancel/")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert post(admin, f"{address}cancel/").status_code == 409
    resumed = post(admin, f"{address}resume/")
    assert (resumed.status_code, resumed.json()["state"]) == (202, "running")


def test_a_paused_recipe_starts_nothing(admin, world):
    recipe = world.own.ids["recipe"]
    assert change(admin, f"recipes/{recipe}/", {"is_paused": True}).json()["is_paused"]
    answer = post(admin, f"recipes/{recipe}/start/")
    assert (answer.status_code, answer.json()["code"]) == (409, "recipe_paused")


def test_leads_see_their_own_projects_recipes_and_rounds_and_no_others(lead, admin, world):
    for name in ("recipes", "rounds"):
        mine = lead.get(f"{V1}{name}/").json()["results"]
        assert {row["project"] for row in mine} == {"own"}
        assert len(admin.get(f"{V1}{name}/").json()["results"]) == 2 * len(mine)
    failed = {"recipe": str(world.own.ids["recipe"]), "state": "cancelled"}
    found = lead.get(f"{V1}rounds/", failed).json()["results"]
    assert [row["id"] for row in found] == [str(world.own.ids["failed_round"])]
    assert lead.get(f"{V1}rounds/", {"project": "foreign"}).json()["results"] == []


def test_the_newest_round_comes_first(admin, world):
    under_way = Round.objects.get(public_id=world.own.ids["round"])
    cancel_round(round_id=under_way.public_id)
    listed = admin.get(f"{V1}rounds/", {"project": "own"}).json()["results"]
    assert listed[0]["id"] == str(under_way.public_id)


def test_listing_many_costs_as_many_queries_as_listing_few(admin, world):
    def queries(*, page: str):
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(page).status_code == 200
        return len(captured)

    pages = (f"{V1}recipes/", reverse("training:recipes"))
    few = [queries(page=page) for page in pages]
    for number in range(5):
        recipe = create_recipe(project=world.own.project, name=f"Recipe {number}", steps=FREEZE)
        for _round in range(2):
            begun = start_round(version=newest_version(recipe), trigger="hand")
            cancel_round(round_id=begun.public_id)
    assert [queries(page=page) for page in pages] == few
    (shown,) = [
        row for row in recipe_rows(make_admin(username="looks")) if row.recipe.name == "Recipe 0"
    ]
    assert (shown.last.number, len(shown.titles)) == (2, 1)
