"""The line above the next pair that says what was expected of the one before, in Chromium."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.models import Judgement, Project, Verdict
from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import press, replace_fetch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(project) -> Project:
    project.comparisons.update(gold_verdict=Verdict.TIE)
    Project.objects.update(shows_gold=True)
    project.refresh_from_db()
    return project


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_told_above_the_next_pair_until_that_is_judged(screen: Page, size):
    screen.set_viewport_size(size)
    told = screen.locator("#told")
    expect(told).to_be_hidden()
    if size == PHONE:
        screen.keyboard.press("x")  # the other answer was on the screen too
    press(screen, "t")
    expect(told).to_have_text("The comparison you judged last: you said what was expected.")
    if size == PHONE:
        screen.keyboard.press("x")  # the other answer was on the screen too
    press(screen, "-")
    expect(told).to_have_text(
        "The comparison you judged last: the expected answer was “About the same”. "
        "You said “Both bad”."
    )
    beside = screen.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert beside <= 0
    assert Axe().run(screen, context="#told").response["violations"] == []
    replace_fetch(screen, "() => new Promise(() => {})")  # never answered
    screen.keyboard.press("x")
    screen.keyboard.press("t")
    expect(told).to_be_hidden()


def test_undo_is_refused_in_a_sentence_and_the_pair_stays(screen: Page):
    press(screen, "t")
    expect(screen.locator("#told")).to_be_visible()
    shown = screen.locator("#pair").inner_text()
    screen.keyboard.press("z")
    expect(screen.locator("#warning")).to_have_text(
        "You were told what was expected here, so what you said stands."
    )
    assert screen.locator("#pair").inner_text() == shown
    assert screen.locator("#n-judged").inner_text() == "1"
    assert Judgement.objects.get().withdrawn_at is None
    press(screen, "t")
    assert Judgement.objects.count() == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier_in_the_history(screen: Page, live_server, project, annotator, theme):
    screen.emulate_media(color_scheme=theme)
    press(screen, "t")
    press(screen, "-")
    screen.goto(f"{live_server.url}/projects/{project.slug}/history/")
    expect(screen.get_by_text("as expected", exact=True)).to_be_visible()
    assert Axe().run(screen).response["violations"] == []
