"""A schedule in a browser: from a preset to its dry run, a press, a pause and a back-test."""

import json
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_admin, make_project
from tests.training.automation.scheduling import know, make_recipe, schedule_of
from training.models import Recipe, Round, Schedule

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def recipe(transactional_db) -> Recipe:
    recipe = make_recipe(make_project(name="Helpful answers"), name="DPO, nightly")
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    return recipe


def is_sound(page: "Page") -> None:
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert not page.evaluate(WIDE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == []


def test_a_schedule_from_a_preset_to_a_round(page: "Page", live_server, enter, recipe):
    make_admin(username="ada")
    enter(page, "ada")
    page.goto(f"{live_server.url}/training/schedules/")
    is_sound(page)
    page.get_by_role("link", name="Make a schedule").first.click()
    page.get_by_role("link", name="Every weekend, if people agree").click()
    is_sound(page)
    page.get_by_label("Recipe").select_option(label="DPO, nightly")
    page.get_by_label("Name").fill("Weekend")
    page.get_by_label("Time zone").select_option("Asia/Shanghai")
    first = page.get_by_role("group", name="Condition 1")
    first.get_by_label("Value").fill("40")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_text("A number from -1 to 1 is needed.")).to_be_visible()
    first.get_by_label("Value").fill("0.4")
    page.get_by_role("button", name="Make the schedule").click()
    page.wait_for_url("**/training/schedules/*-*/")

    schedule = Schedule.objects.get()
    assert (schedule.rule, schedule.time_zone) == ("0 4 * * SAT", "Asia/Shanghai")
    expect(page.get_by_text("every Saturday at 04:00 (Asia/Shanghai)")).to_be_visible()
    expect(page.get_by_text("alpha is 0.36 (n = 120); wanted: at least 0.4.")).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="Try it on what was stored").click()
    expect(page.get_by_text("In the last 90 days it would not have started.")).to_be_visible()

    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_text("It is paused, so nothing of it starts by itself.")).to_be_visible()
    page.get_by_role("button", name="Let it go on").press("Enter")
    page.get_by_role("button", name="Run now all the same").press("Enter")
    expect(page.get_by_role("cell", name="started", exact=True)).to_be_visible()
    assert Round.objects.get().requested_by.username == "ada"
    is_sound(page)


def test_a_webhook_from_its_token_to_a_round(page: "Page", live_server, enter, recipe):
    make_admin(username="ada")
    schedule = schedule_of(recipe, trigger="webhook")
    enter(page, "ada")
    page.goto(f"{live_server.url}/training/schedules/{schedule.public_id}/")
    expect(page.get_by_text("There is no token yet, so nobody can call.")).to_be_visible()
    page.get_by_role("button", name="Make a token").press("Enter")
    token = page.locator("code.token").inner_text()
    is_sound(page)
    address = f"{live_server.url}/api/v1/schedules/{schedule.public_id}/hook/"
    call = Request(address, method="POST", headers={"Authorization": f"Bearer {token}"})
    with urlopen(call, timeout=20) as answer:
        assert json.load(answer)["round"] == str(Round.objects.get().public_id)
    page.goto(f"{live_server.url}/training/schedules/{schedule.public_id}/")
    expect(page.get_by_role("cell", name="started", exact=True)).to_be_visible()
    expect(page.get_by_text(token)).to_have_count(0)
    expect(page.get_by_role("button", name="Replace the token")).to_be_visible()
