"""The judging screen in Chromium: one key and one request for each judgement."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Flag, Judgement, Lease, Skip, Verdict
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_comparison, make_completion, make_prompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(page: Page, live_server, enter, project, annotator) -> Page:
    """The judging screen of Ann, with its first comparison."""
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    return page


def shown(page: Page) -> str:
    """The lease on the screen; it waits until there is one."""
    return page.locator("#pair .pair").get_attribute("data-lease")


def press(page: Page, key: str) -> None:
    """Press a key, and wait until what it did is saved and the next pair is here."""
    page.keyboard.press(key)  # "saving" is shown before this returns
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")


def replace_fetch(page: Page, source: str) -> None:
    """Give the page another network; `real` is what it had. What it lets through is exact,
    while interception by the driver now and then misses a request."""
    page.evaluate(f"() => {{ const real = window.fetch; window.fetch = {source}; }}")


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that the page itself does not show."""
    for _attempt in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come about in ten seconds")


def requests_of(page: Page) -> list[str]:
    """Addresses that the page has fetched since it was loaded; its icon may come late."""
    names = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    return [name for name in names if "favicon" not in name]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_verdict_is_one_key_and_one_request(screen, annotator, size):
    screen.set_viewport_size(size)
    before = len(requests_of(screen))
    sides = []
    for key in ("1", "2", "ArrowLeft", "ArrowRight", "a", "B", "0", "t", "-"):
        sides.append((key, Lease.objects.get(public_id=shown(screen)).first_is_left))
        press(screen, key)
    made = requests_of(screen)[before:]
    assert len(made) == 9, made
    expected = []
    for key, first_is_left in sides:
        if key in "0t":
            expected.append(Verdict.TIE)
        elif key == "-":
            expected.append(Verdict.BOTH_BAD)
        else:
            is_first = (key in ("1", "ArrowLeft", "a")) == first_is_left
            expected.append(Verdict.FIRST if is_first else Verdict.SECOND)
    stored = Judgement.objects.filter(annotator=annotator).order_by("id")
    assert list(stored.values_list("verdict", flat=True)) == expected
    assert all(0 <= judgement.seconds < 60 for judgement in stored)
    assert screen.locator("#n-judged").inner_text() == "9"


def test_the_pair_fetched_ahead_is_shown_before_the_server_answers(screen):
    replace_fetch(screen, "() => new Promise(() => {})")  # never answered
    before = shown(screen)
    screen.keyboard.press("1")
    assert shown(screen) != before
    expect(screen.locator("#saved")).to_have_text("Saving …")


def test_undo_brings_the_former_pair_back_with_the_same_sides(screen):
    first = screen.locator("#pair").inner_text()
    press(screen, "1")
    assert screen.locator("#pair").inner_text() != first
    press(screen, "z")
    assert screen.locator("#pair").inner_text() == first
    assert Judgement.objects.get().withdrawn_at is not None
    press(screen, "2")
    assert Judgement.objects.filter(withdrawn_at=None).count() == 1


def test_a_skip_takes_its_reason_by_digit(screen, annotator):
    skipped = Lease.objects.get(public_id=shown(screen)).comparison
    screen.keyboard.press("s")
    expect(screen.locator("#skip")).to_be_visible()
    press(screen, "3")
    skip = Skip.objects.get(annotator=annotator)
    assert (skip.comparison, skip.reason) == (skipped, "language")
    assert not Judgement.objects.exists()
    assert Lease.objects.get(public_id=shown(screen)).comparison != skipped


def test_a_flag_keeps_the_pair_on_the_screen(screen):
    before = shown(screen)
    screen.keyboard.press("f")
    press(screen, "2")
    assert Flag.objects.get().reason == "private"
    assert shown(screen) == before


def test_no_key_judges_under_a_sheet_while_typing_or_with_a_modifier(screen):
    before = shown(screen)
    screen.keyboard.press("?")
    expect(screen.locator("#keys")).to_be_visible()
    screen.keyboard.press("1")
    screen.keyboard.press("Escape")
    screen.keyboard.press("Control+1")
    screen.keyboard.press("Alt+ArrowRight")
    screen.keyboard.press("f")
    screen.locator("#flag textarea").focus()
    screen.keyboard.type("1 2 a z")
    screen.keyboard.press("Escape")
    screen.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        "{key: '1', isComposing: true, bubbles: true}))"
    )
    assert shown(screen) == before
    assert not Judgement.objects.exists()
    assert not Flag.objects.exists()


def test_up_and_down_scroll_a_long_page_and_judge_a_short_one(screen, project, annotator):
    press(screen, "ArrowUp")
    press(screen, "ArrowDown")
    verdicts = Judgement.objects.order_by("id").values_list("verdict", flat=True)
    assert list(verdicts) == [Verdict.TIE, Verdict.BOTH_BAD]
    screen.set_viewport_size({"width": 390, "height": 300})
    screen.keyboard.press("ArrowDown")
    screen.wait_for_timeout(200)
    assert Judgement.objects.count() == 2


def test_a_judgement_made_offline_is_sent_once_the_network_is_back(screen):
    screen.context.set_offline(True)
    screen.keyboard.press("1")
    expect(screen.locator("#saved")).to_contain_text("Not saved yet")
    assert not Judgement.objects.exists()
    screen.context.set_offline(False)
    expect(screen.locator("#saved")).to_have_text("Saved", timeout=20_000)
    assert Judgement.objects.count() == 1


def test_an_answer_lost_on_the_way_does_not_judge_twice(screen):
    # The server has it; the page never hears of it.
    lose_the_first_answer = """async (...request) => {
        window.fetch = real;
        window.lost = (await real(...request)).status;
        throw new TypeError("Failed to fetch");
    }"""
    replace_fetch(screen, lose_the_first_answer)
    screen.keyboard.press("1")
    expect(screen.locator("#saved")).to_have_text("Saved", timeout=20_000)
    assert screen.evaluate("window.lost") == 200
    assert Judgement.objects.count() == 1
    assert screen.locator("#n-judged").inner_text() == "1"


def test_two_tabs_judge_a_comparison_once_and_the_second_is_told(screen, live_server, project):
    other = screen.context.new_page()
    other.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    assert shown(other) == shown(screen)
    press(screen, "1")
    other.keyboard.press("2")
    expect(other.locator("#warning")).to_be_visible()
    expect(other.locator("#warning")).to_contain_text("already judged")
    assert Judgement.objects.count() == 1
    judged = Judgement.objects.get().lease.public_id
    assert shown(other) != str(judged)
    press(other, "2")
    assert Judgement.objects.count() == 2


def test_a_judgement_waits_for_somebody_who_was_signed_out(screen, live_server, enter):
    screen.context.clear_cookies()
    screen.keyboard.press("1")
    expect(screen.locator("#saved")).to_contain_text("You are signed out")
    enter(screen, "ann")  # as in another tab: with another session and another CSRF token
    expect(screen.locator("#saved")).to_have_text("Saved", timeout=20_000)
    assert Judgement.objects.count() == 1


def test_leases_are_renewed_at_half_their_life_and_a_lost_one_is_replaced_in_words(
    page, live_server, enter, project, annotator
):
    page.clock.install()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    before, expiry = shown(page), Lease.objects.order_by("id")[0].expires_at
    page.clock.fast_forward(project.lease_seconds * 500 + 10)
    until(lambda: Lease.objects.order_by("id")[0].expires_at > expiry)
    assert shown(page) == before
    Lease.objects.filter(public_id=before).update(state="expired")

    def is_told():
        page.clock.fast_forward(project.lease_seconds * 500 + 10)
        return "no longer held for you" in page.locator("#warning").inner_text()

    until(is_told)  # a renewal that comes while the last one is under way is left out
    assert shown(page) != before


def test_only_the_time_that_the_page_is_visible_counts(
    page, live_server, enter, project, annotator
):
    page.clock.install()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    hide = """is_hidden => {
        Object.defineProperty(document, "hidden", {value: is_hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.clock.fast_forward(20_000)
    page.evaluate(hide, True)
    page.clock.fast_forward(100_000)
    page.evaluate(hide, False)
    page.clock.fast_forward(10_000)
    press(page, "1")
    assert 30 <= Judgement.objects.get().seconds < 45


def test_leaving_with_something_unsaved_asks_first(screen):
    replace_fetch(screen, "() => Promise.reject(new TypeError('Failed to fetch'))")
    screen.keyboard.press("1")
    asked = []
    screen.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    screen.evaluate("location.href = '/'")
    screen.wait_for_timeout(500)
    assert asked == ["beforeunload"]


def test_after_the_last_comparison_the_screen_says_what_to_do(screen):
    for _number in range(10):
        press(screen, "1")
    expect(screen.locator("#nothing")).to_be_visible()
    expect(screen.locator("#nothing")).to_contain_text("Nothing is waiting for you")
    assert Judgement.objects.count() == 10


def test_one_can_judge_skip_and_undo_without_javascript(
    browser, live_server, enter, project, annotator
):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    page = context.new_page()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    first = page.locator("#pair").inner_text()
    page.get_by_role("button", name="A is better").click()
    assert Judgement.objects.count() == 1
    assert page.locator("#pair").inner_text() != first
    page.get_by_role("button", name="Undo").click()
    assert page.locator("#pair").inner_text() == first
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Something is broken or missing").click()
    assert Skip.objects.get().reason == "broken"
    assert page.locator("#pair").inner_text() != first
    context.close()


def test_plain_text_shows_the_answer_as_it_was_written(
    page, live_server, enter, project, annotator
):
    project.comparisons.all().delete()
    prompt = make_prompt(project)
    answers = [make_completion(prompt, text=text) for text in ("**bold**", "- a list")]
    first, second = sorted(answers, key=lambda answer: answer.public_id)
    make_comparison(project, prompt=prompt, first=first, second=second)
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    expect(page.locator(".answer strong")).to_have_text("bold")
    page.get_by_role("link", name="Plain text").click()
    expect(page.locator(".answer strong")).to_have_count(0)
    expect(page.locator(".answers")).to_contain_text("**bold**")


def test_the_screen_costs_four_requests_and_less_than_100_kilobytes(
    page, live_server, enter, screen
):
    fresh = screen.context.browser.new_context(viewport=DESK, locale="en-US").new_page()
    enter(fresh, "ann")
    answers = []
    fresh.on("response", lambda answer: answers.append(answer))
    fresh.goto(screen.url, wait_until="networkidle")
    assert len(answers) <= 4
    assert sum(len(answer.body()) for answer in answers) < 100_000
    fresh.context.close()
