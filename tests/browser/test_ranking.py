"""Several answers put in order in Chromium: by keys, by mouse, by touch, and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.models import Judgement, Ranking
from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import press, shown
from tests.factories import (
    make_comparison,
    make_member,
    make_project,
    make_set,
    make_user,
    ranking_asked,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ranking(page, live_server, enter):
    """The judging screen of a project with two sets of so many answers."""

    def opened(size: int = 4, *, at: Page = page, viewport=DESK, **asks) -> Page:
        project = make_project(overlap=5, asks=ranking_asked(**asks))
        for _number in range(2):
            make_comparison(project) if size == 2 else make_set(project, size)
        make_member(project, user=make_user(username="ann"))
        enter(at, "ann")
        at.set_viewport_size(viewport)
        at.goto(f"{live_server.url}/projects/{project.slug}/judge/")
        return at

    return opened


def ranks() -> list[int]:
    """The places of the newest ranking, in the order of the screen."""
    places = Ranking.objects.latest("pk").places.order_by("shown_at")
    return list(places.values_list("rank", flat=True))


def order(page: Page) -> list[str]:
    """The letters of each place, as they stand in the row of tiles."""
    return [item.inner_text() for item in page.locator(".order__place").all()]


def tile(page: Page, letter: str):
    return page.locator(f".order__tile[data-letter={letter}]")


def in_order(page: Page) -> list[str]:
    return ["".join(text.split()[1:]) for text in order(page)]


def send(page: Page) -> None:
    press(page, "Enter")


def test_an_order_with_a_tie_by_keys_alone(ranking):
    page = ranking(4)
    first = shown(page)
    page.keyboard.press("c")
    page.keyboard.press("1")
    assert in_order(page) == ["C", "A", "B", "D"]
    page.keyboard.press("d")
    page.keyboard.press("ArrowLeft")
    assert in_order(page) == ["C", "A", "D", "B"]
    page.keyboard.press("=")
    assert in_order(page) == ["C", "AD", "B"]
    expect(page.locator(".order__said")).to_have_text("The order now: 1 C, 2 A = D, 3 B.")
    expect(page.locator("#pair select[data-letter=D]")).to_have_value("2")
    send(page)
    assert ranks() == [2, 3, 1, 2]
    assert shown(page) != first
    assert in_order(page) == ["A", "B", "C", "D"]  # the next one begins afresh


def test_what_was_not_moved_is_asked_about_once(ranking):
    page = ranking(3)
    page.keyboard.press("Enter")
    expect(page.locator(".order__said")).to_contain_text("You have moved nothing yet")
    assert not Ranking.objects.exists()
    send(page)
    assert ranks() == [1, 2, 3]


@pytest.mark.parametrize("how", ["before", "onto", "behind"])
def test_a_tile_is_dragged_by_the_mouse(ranking, how):
    page = ranking(4)
    target = page.locator(".order__place").nth(1).bounding_box()
    share = {"before": 0.1, "onto": 0.5, "behind": 0.9}[how]
    tile(page, "D").hover()
    page.mouse.down()
    page.mouse.move(target["x"] + target["width"] * share, target["y"] + 10, steps=8)
    expect(page.locator(f".order__place[data-drop={how}]")).to_have_count(1)
    page.mouse.up()
    expected = {
        "before": ["A", "D", "B", "C"],
        "onto": ["A", "BD", "C"],
        "behind": ["A", "B", "D", "C"],
    }
    assert in_order(page) == expected[how]
    send(page)
    assert ranks() == {"before": [1, 3, 4, 2], "onto": [1, 2, 3, 2], "behind": [1, 2, 4, 3]}[how]


def test_a_tile_is_dragged_by_touch_on_a_phone(browser, ranking):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="en-US")
    page = ranking(4, at=context.new_page(), viewport=PHONE)
    start, end = tile(page, "D").bounding_box(), page.locator(".order__place").nth(0).bounding_box()
    touch = context.new_cdp_session(page)

    def at(kind, x, y):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    at("touchStart", x, y)
    for step in range(1, 9):
        at("touchMove", x + (end["x"] + 2 - x) * step / 8, y)
    at("touchEnd", 0, 0)
    assert in_order(page) == ["D", "A", "B", "C"]
    page.get_by_role("button", name="Send the order").click()
    expect(page.locator("#reading-said")).to_contain_text("You have not seen answer B yet")
    page.get_by_role("button", name="Send the order").click()
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    assert ranks() == [2, 3, 4, 1]
    context.close()


def test_places_are_chosen_on_the_answers_too(ranking):
    page = ranking(3)
    page.locator("#pair select[data-letter=A]").select_option("3")
    assert in_order(page) == ["B", "AC"]
    page.locator("#pair select[data-letter=C]").select_option("1")
    assert in_order(page) == ["BC", "A"]
    page.locator("body").click(position={"x": 5, "y": 300})
    send(page)
    assert ranks() == [2, 1, 1]


def test_tiles_move_by_their_buttons_and_arrows_split_a_tie(ranking):
    page = ranking(3)
    tile(page, "B").click()
    page.get_by_role("button", name="As good as the one before it").click()
    assert in_order(page) == ["AB", "C"]
    page.get_by_role("button", name="A worse place").click()
    assert in_order(page) == ["A", "B", "C"]
    page.get_by_role("button", name="A better place").click()
    assert in_order(page) == ["B", "A", "C"]


def test_undo_brings_the_set_back_in_the_same_order(ranking):
    page = ranking(3)
    texts = page.locator("#pair .answers").inner_text()
    page.keyboard.press("c")
    page.keyboard.press("1")
    send(page)
    expect(page.locator("#n-judged")).to_have_text("1")
    page.keyboard.press("z")
    expect(page.locator("#pair .answers")).to_have_text(texts, use_inner_text=True)
    expect(page.locator("#n-judged")).to_have_text("0")
    assert not Judgement.objects.filter(withdrawn_at=None).exists()


def test_two_answers_are_put_in_order(ranking):
    page = ranking(2)
    page.keyboard.press("b")
    page.keyboard.press("1")
    send(page)
    judgement = Judgement.objects.get()
    assert judgement.verdict == ("second" if judgement.first_was_left else "first")


def test_reasons_and_a_note_come_after_the_order_and_typing_moves_nothing(ranking):
    page = ranking(3, reasons={"choices": ["Clearer", "Safer"]}, note={})
    page.keyboard.press("c")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    page.locator("#controls [name=note]").fill("abc 123 =")
    assert in_order(page) == ["C", "A", "B"]
    press(page, "Control+Enter")
    made = Judgement.objects.get(is_derived=False)
    assert (made.reasons, made.note) == (["Safer"], "abc 123 =")
    assert ranks() == [2, 3, 1]


def test_enter_belongs_to_the_control_that_has_the_focus(ranking):
    page = ranking(3)
    page.locator("#undo").focus()
    page.keyboard.press("Enter")
    tile(page, "B").focus()
    page.keyboard.press("Enter")
    expect(tile(page, "B")).to_have_attribute("aria-pressed", "true")
    assert not Ranking.objects.exists()


def test_nine_answers_fit_a_phone(ranking):
    page = ranking(9, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".order__tile").count() == 9


def test_one_can_rank_without_javascript(browser, ranking):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    page = ranking(3, at=context.new_page(), viewport=PHONE)
    for letter, place in (("A", "2"), ("B", "1"), ("C", "2")):
        page.locator(f"select[data-letter={letter}]").select_option(place)
    with page.expect_navigation():
        page.get_by_role("button", name="Send the order").click()
    assert ranks() == [2, 1, 2]
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier(ranking, theme):
    page = ranking(9, viewport=PHONE)
    page.emulate_media(color_scheme=theme)
    page.keyboard.press("b")
    page.keyboard.press("1")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_an_order_that_is_refused_stands_as_it_was_put(ranking):
    page = ranking(4, verdicts=["first", "second"])  # nothing may be tied
    for key in ("c", "1", "d", "ArrowLeft", "="):
        page.keyboard.press(key)
    assert in_order(page) == ["C", "AD", "B"]
    send(page)
    expect(page.locator("#warning")).to_be_visible()
    expect(page.locator(".order__place")).to_have_count(3)
    assert in_order(page) == ["C", "AD", "B"]
    assert not Ranking.objects.exists()
    page.keyboard.press("d")
    page.keyboard.press("ArrowRight")
    send(page)
    assert ranks() == [2, 4, 1, 3]
