"""Sixty hard answers in one page: whole, beside nothing, without a barrier, in every dress."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

WIDER = """[...document.querySelectorAll(".answer")]
    .filter((answer) => answer.scrollWidth > answer.clientWidth + 1)
    .map((answer) => answer.innerText.slice(0, 60))"""
BROKEN_CELLS = """[...document.querySelectorAll(".whole")].filter((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const tops = [...range.getClientRects()].filter((box) => box.width).map((box) => box.bottom);
    return Math.max(...tops) - Math.min(...tops) > 24 && !cell.querySelector("math");
}).map((cell) => cell.innerText)"""
TURNED_CODE = """[...document.querySelectorAll("pre, .text code, .formula")]
    .filter((code) => getComputedStyle(code).direction !== "ltr").length"""
FLAT_FORMULAS = """[...document.querySelectorAll("math")]
    .filter((math) => math.getBoundingClientRect().height < 4).length"""


@pytest.fixture
def gallery(page: Page, live_server, settings):
    settings.ROOT_URLCONF = "tests.browser.gallery"

    def show(size: dict[str, int], theme: str, language: str) -> Page:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        page.context.add_cookies(
            [{"name": "django_language", "value": language, "url": live_server.url}]
        )
        page.goto(f"{live_server.url}/gallery/")
        return page

    return show


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh-hans")])
def test_every_hard_answer_is_shown_whole(gallery, size, theme, language):
    page = gallery(size, theme, language)
    assert page.locator(".answer").count() == 60
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate(WIDER) == []
    assert page.evaluate(BROKEN_CELLS) == []
    assert page.evaluate(TURNED_CODE) == 0
    assert page.evaluate(FLAT_FORMULAS) == 0
    barriers = [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
        if violation["id"] not in OF_THE_PAGE_ALONE
    ]
    assert barriers == []


# A gallery of sixty: its regions share names, and no script makes its scrollers reachable.
OF_THE_PAGE_ALONE = {"landmark-unique", "scrollable-region-focusable", "heading-order"}
