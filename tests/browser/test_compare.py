"""Curves in a browser: drawn under the strict policy, looked into by key and by mouse, kept."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_admin
from tests.training.contrast.rows import BEGAN, make_base, make_snapshot, right_on, trained_run
from training.models import Run, RunState

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "figure[data-figure='train/loss'] .chart__live"
PAINTED = """([selector]) => {
    const canvas = document.querySelector(`${selector} canvas`);
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value > 0);
}"""


@pytest.fixture
def two(transactional_db) -> list[Run]:
    ground = {"snapshot": make_snapshot(), "base": make_base()}
    answers = ["A *brief* answer.", "A longer one, <b>not</b> bold."]
    return [
        trained_run(
            f"DPO number {number}",
            **ground,
            losses=[1 / (step + number) for step in range(1, 41)],
            wins=right_on(60 - 20 * number),
            samples=[{"prompt": [{"role": "user", "content": "Why?"}], "checkpoint": text}],
            beta=0.1 * (number + 1),
        )
        for number, text in enumerate(answers)
    ]


@pytest.fixture
def compared(page: "Page", live_server, enter, two) -> "Page":
    make_admin(username="ada")
    enter(page, "ada")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size(DESK)
    chosen = "&".join(f"run={run.public_id}" for run in two)
    page.goto(f"{live_server.url}/training/compare/?{chosen}")
    expect(page.locator(f"{LIVE} canvas")).to_be_visible()
    assert said == []  # the policy refused nothing
    return page


def link(page: "Page") -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.search.slice(1)"))


def test_curves_are_drawn_and_looked_into_by_keys(compared):
    page = compared
    assert page.evaluate(PAINTED, [LIVE])
    expect(page.locator("figure[data-figure='train/loss'] svg.chart__picture")).to_be_hidden()
    page.locator(LIVE).focus()
    page.keyboard.press("+")
    low, high = float(link(page)["low"][0]), float(link(page)["high"][0])
    assert (low, high) == (pytest.approx(6.85), pytest.approx(34.15))  # the middle 70 % of 1 to 40
    page.keyboard.press("ArrowRight")
    assert float(link(page)["high"][0]) == pytest.approx(40)
    page.keyboard.press("0")
    assert "low" not in link(page)
    page.get_by_role("button", name="Zoom in").click()
    page.reload()
    expect(page.locator(f"{LIVE} canvas")).to_be_visible()
    assert page.get_by_label("From").input_value() == "6.85"


def test_a_part_is_chosen_with_the_mouse(compared):
    page = compared
    page.locator(LIVE).scroll_into_view_if_needed()
    box = page.locator(f"{LIVE} .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60, steps=4)
    page.mouse.up()
    low, high = float(link(page)["low"][0]), float(link(page)["high"][0])
    assert (low, high) == (pytest.approx(10.75, abs=0.5), pytest.approx(20.5, abs=0.5))
    page.locator(f"{LIVE} .u-over").dblclick()
    assert "low" not in link(page)


def test_the_view_is_changed_without_leaving_the_page(compared):
    page = compared
    page.get_by_label("Across").select_option("tokens")
    expect(page.locator("#curves > [data-across=tokens]")).to_be_attached()
    expect(page.locator(f"{LIVE} canvas")).to_be_visible()
    assert link(page)["across"] == ["tokens"]
    page.get_by_label("Logarithmic scale").check()
    expect(page.locator("#curves > [data-log]")).to_be_attached()
    page.locator("summary", has_text="Figures").click()
    page.get_by_label("num_tokens: training").check()
    expect(page.locator("figure[data-figure='train/num_tokens'] canvas")).to_be_visible()


def test_a_picture_and_a_table_are_kept(compared):
    page = compared
    with page.expect_download() as picture:
        page.locator("figure[data-figure='train/loss']").get_by_role("button", name="PNG").click()
    assert picture.value.suggested_filename == "train-loss.png"
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as table:
        page.get_by_role("link", name="All values, as CSV").click()
    assert table.value.path().read_text().count("\n") == 1 + 2 * 40 * 2


def test_a_run_that_goes_on_draws_on(page: "Page", live_server, enter, two):
    Run.objects.filter(pk=two[0].pk).update(state=RunState.QUEUED)
    make_admin(username="ada")
    enter(page, "ada")
    page.clock.install()
    page.goto(f"{live_server.url}/training/compare/?run={two[0].public_id}")
    expect(page.locator(f"{LIVE} canvas")).to_be_visible()
    page.locator(LIVE).focus()
    two[0].metrics.create(phase="train", step=41, logged_at=BEGAN, values={"loss": 0.123})
    page.clock.fast_forward(6000)
    expect(page.locator("figure[data-figure='train/loss'] .chart__key b")).to_have_text("0.123")
    expect(page.locator(LIVE)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_barrier_and_nothing_is_beside_the_page(compared, theme, size):
    page = compared
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_two_are_chosen_from_the_list(page: "Page", live_server, enter, two):
    make_admin(username="ada")
    enter(page, "ada")
    page.goto(f"{live_server.url}/training/runs/")
    page.get_by_role("link", name="Compare").click()
    for run in two:
        box = page.get_by_role("checkbox", name=run.name)
        assert box.evaluate("(box) => getComputedStyle(box).opacity") == "1"
        box.check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("A and B can be told apart")).to_be_visible()
    assert len(link(page)["run"]) == 2


def test_without_a_script_the_pictures_of_the_server_stay(browser, live_server, enter, two):
    make_admin(username="ada")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, "ada")
    chosen = "&".join(f"run={run.public_id}" for run in two)
    page.goto(f"{live_server.url}/training/compare/?{chosen}")
    expect(page.locator("figure[data-figure='train/loss'] svg.chart__picture")).to_be_visible()
    page.get_by_label("Across").select_option("minutes")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#curves > [data-across=minutes]")).to_be_attached()
    assert link(page)["across"] == ["minutes"]
    context.close()
