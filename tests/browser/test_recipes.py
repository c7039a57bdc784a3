"""A recipe in a browser: added, changed by form and by JSON, run to its end, and cancelled."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.bells import listen
from tests.browser.conftest import DESK, PHONE
from tests.factories import judge_comparison, make_admin, make_project
from tests.training.automation.rounds import present, succeed
from tests.training.conftest import SALT, worded_comparison
from training.automation.advancing import DO_STEP, advance_round
from training.automation.recipes import newest_version
from training.automation.step_work import do_step
from training.models import Checkpoint, CheckpointKind, Installation, Recipe, Round

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
TASKS = ("training.tasks.advance_round", DO_STEP, "training.tasks.execute_run")


@pytest.fixture
def material(transactional_db, monkeypatch) -> None:
    """Twelve preferences, a base as far as anybody looks at it, and workers that this test is."""
    for task in TASKS:
        listen(monkeypatch, task)
    Installation.objects.create(pk=1, split_salt=SALT)
    project = make_project(name="Tea or coffee", overlap=1)
    for number in range(12):
        judge_comparison(worded_comparison(project, number), "first")
    Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        name="Small",
        digest="e" * 64,
        manifest=[],
        size_bytes=1,
        folder="checkpoints/e",
    )


def is_sound(page: "Page") -> None:
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert not page.evaluate(WIDE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == []


def work_on(round_: Round) -> None:
    """What the workers would do with the present step."""
    step = present(round_)
    if step.run is None:
        do_step(step.pk)
    else:
        succeed(step.run, wins={f"{number:08d}/0": float(number % 2) for number in range(40)})
        advance_round(round_.pk)


@pytest.fixture
def desk(page: "Page", live_server, enter, material) -> "Page":
    make_admin(username="ada")
    enter(page, "ada")
    page.goto(f"{live_server.url}/training/recipes/")
    return page


def added(page: "Page", name: str) -> Recipe:
    page.get_by_role("link", name="Add a recipe").first.click()
    page.get_by_label("Project", exact=True).select_option(label="Tea or coffee")
    page.get_by_label(name).check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/training/recipes/*-*/")
    return Recipe.objects.get()


def test_a_recipe_is_added_and_changed_by_form_and_by_json(desk: "Page"):
    expect(desk.get_by_text("No recipe yet")).to_be_visible()
    recipe = added(desk, "DPO, nightly")
    is_sound(desk)
    desk.get_by_role("link", name="Change step 2").click()
    desk.get_by_label("Beta").fill("0.3")
    desk.get_by_role("button", name="Keep").click()
    expect(desk.get_by_text("Kept. Rounds under way go on as they began.")).to_be_visible()
    assert newest_version(recipe).steps[1]["settings"] == {"beta": 0.3}

    desk.get_by_role("link", name="Change name and JSON").click()
    steps = desk.get_by_label("Steps as JSON")
    text = steps.input_value()
    steps.fill(text.replace('"step:2"', '"step:9"', 1))
    desk.get_by_role("button", name="Keep").click()
    expect(desk.get_by_text("Step 3: “step:9” is not a step before this one.")).to_be_visible()
    steps.fill(text.replace("0.3", "0.2"))
    desk.get_by_label("Name").fill("DPO by hand")
    desk.get_by_role("button", name="Keep").click()
    expect(desk.get_by_role("heading", name="DPO by hand")).to_be_visible()
    assert newest_version(recipe).steps[1]["settings"] == {"beta": 0.2}


def test_a_round_is_followed_to_its_end_and_another_cancelled(desk: "Page", live_server):
    added(desk, "DPO, nightly")
    desk.get_by_role("button", name="Run now").press("Enter")
    desk.wait_for_url("**/training/rounds/*-*/")
    is_sound(desk)
    round_ = Round.objects.get()
    advance_round(round_.pk)
    work_on(round_)
    expect(desk.get_by_text("12 pairs")).to_be_visible()  # the page asks for itself again
    while Round.objects.filter(pk=round_.pk, state="running").exists():
        work_on(round_)
    desk.reload()
    expect(desk.get_by_text("There is no champion yet: nothing to compare with.")).to_be_visible()
    expect(desk.get_by_role("link", name="Proposed: a person decides.")).to_be_visible()

    desk.get_by_role("link", name="DPO, nightly", exact=True).click()
    line = desk.get_by_role("row", name="by hand · ada")
    expect(line.get_by_role("cell", name="proposed")).to_be_visible()
    desk.get_by_role("button", name="Run now").click()
    desk.get_by_role("button", name="Cancel").click()
    expect(desk.get_by_text("Cancelled by ada.")).to_be_visible()
    expect(desk.get_by_role("button", name="Go on where it stopped")).to_be_visible()
    desk.goto(f"{live_server.url}/training/rounds/")
    expect(desk.get_by_role("row", name="by hand · ada")).to_have_count(2)
    is_sound(desk)
