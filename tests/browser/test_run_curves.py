"""A run's own page: curves to look into, which go on while it does, and a sweep's marks."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_admin
from tests.training.contrast.rows import BEGAN, make_base, make_snapshot, right_on, trained_run
from training.models import Run, RunState, Sweep

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOSS = "figure[data-figure='train/loss']"


@pytest.fixture
def run(transactional_db) -> Run:
    ground = {"snapshot": make_snapshot(), "base": make_base()}
    losses = [1 / step for step in range(1, 41)]
    return trained_run("Night", **ground, losses=losses, wins=right_on(60))


def test_its_curves_are_looked_into_by_keys_and_go_on(page: "Page", live_server, enter, run):
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED)
    make_admin(username="ada")
    enter(page, "ada")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install()
    page.goto(f"{live_server.url}/training/runs/{run.public_id}/")
    expect(page.locator(f"{LOSS} canvas")).to_be_visible()
    page.locator(f"{LOSS} .chart__live").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    run.metrics.create(phase="train", step=41, logged_at=BEGAN, values={"loss": 0.123})
    page.clock.fast_forward(6000)  # the rest of the page asks for itself meanwhile
    expect(page.locator(f"{LOSS} .chart__key b")).to_have_text("0.123")
    expect(page.locator(f"{LOSS} .chart__live")).to_be_focused()
    expect(page.locator(f"{LOSS} canvas")).to_be_visible()
    with page.expect_download() as picture:
        page.locator(LOSS).get_by_role("button", name="PNG").click()
    assert picture.value.suggested_filename == "train-loss.png"
    assert said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_neither_page_has_a_barrier(page: "Page", live_server, enter, run, theme, size):
    sweep = Sweep.objects.create(name="How strong?", method="dpo", varied={"beta": [1, 2]})
    worse = trained_run("Other", snapshot=run.snapshot, base=run.base, wins=right_on(30))
    for one, value in ((run, 0.6), (worse, 0.3)):
        Run.objects.filter(pk=one.pk).update(sweep=sweep)
        share = {"value": value, "low": 0, "high": 1, "n": 100, "level": 0.95}
        one.evaluation.figures |= {"accuracy": share}
        one.evaluation.save()
    make_admin(username="ada")
    enter(page, "ada")
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for address in (f"runs/{run.public_id}", f"sweeps/{sweep.public_id}"):
        answer = page.goto(f"{live_server.url}/training/{address}/")
        assert answer is not None and answer.ok, address
        assert not page.evaluate(wide), address
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], address
    expect(page.get_by_text("told apart: worse")).to_be_visible()
