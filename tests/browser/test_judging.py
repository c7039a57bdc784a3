"""The judging screen in Chromium: one key and one request for each judgement."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Flag, Judgement, Lease, Skip, Verdict
from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import as_sent, press, replace_fetch, shown
from tests.factories import make_comparison, make_completion, make_prompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def requests_of(page: Page) -> list[str]:
    """Addresses that the page has fetched since it was loaded; its icon may come late."""
    names = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    return [name for name in names if "favicon" not in name]


def click_through(page: Page, button: str) -> None:
    """Press a button that sends a form, and wait for the page that answers."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_verdict_is_one_key_and_one_request(screen, annotator, size):
    screen.set_viewport_size(size)
    before = len(requests_of(screen))
    sides = []
    for key in ("1", "2", "ArrowLeft", "ArrowRight", "a", "B", "0", "t", "-"):
        sides.append((key, Lease.objects.get(public_id=shown(screen)).first_is_left))
        if size == PHONE:
            screen.keyboard.press("x")  # the other answer was on the screen too
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


def test_undo_after_a_skip_takes_back_the_skip_and_leaves_the_judgement(screen):
    press(screen, "1")
    second = screen.locator("#pair").inner_text()
    screen.keyboard.press("s")
    press(screen, "3")
    press(screen, "z")
    assert screen.locator("#pair").inner_text() == second
    expect(screen.locator("#saved")).to_contain_text("Your skip is taken back.")
    expect(screen.locator("#n-judged")).to_have_text("1")
    assert Judgement.objects.get().withdrawn_at is None
    press(screen, "z")
    expect(screen.locator("#n-judged")).to_have_text("0")
    assert Judgement.objects.get().withdrawn_at is not None


def test_a_note_for_one_pair_does_not_stand_in_the_box_of_the_next(screen):
    screen.keyboard.press("f")
    screen.locator("#flag textarea").fill("about this pair")
    screen.locator("#flag").get_by_role("button", name="Close").click()
    expect(screen.locator("#flag")).to_be_hidden()
    press(screen, "1")
    screen.keyboard.press("f")
    expect(screen.locator("#flag textarea")).to_have_value("")


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


def test_a_goal_is_told_when_it_is_reached_and_stays_in_the_browser(screen):
    screen.get_by_role("button", name="Pace").click()
    screen.get_by_label("Goal for a sitting").fill("2")
    screen.get_by_role("button", name="Keep").click()
    press(screen, "1")
    expect(screen.locator("#care-notice")).to_be_hidden()
    press(screen, "2")
    expect(screen.locator("#care-notice")).to_contain_text("your goal of 2")
    screen.reload()
    screen.get_by_role("button", name="Pace").click()
    expect(screen.locator("#care")).to_contain_text("2 judged")
    expect(screen.get_by_label("Goal for a sitting")).to_have_value("2")


def test_a_pause_is_suggested_after_time_on_the_page_and_not_after_time_away(screen):
    def minutes_pass(minutes):
        for minute in range(minutes):
            screen.mouse.move(10 + minute % 2, 10)  # who reads gives a sign now and then
            screen.clock.run_for(60_000)

    screen.clock.install()
    screen.reload()
    screen.clock.run_for(1000)
    minutes_pass(44)
    expect(screen.locator("#care-notice")).to_be_hidden()
    minutes_pass(2)
    expect(screen.locator("#care-notice")).to_contain_text("judging for 45 minutes")
    screen.locator("#care-notice button").click()
    minutes_pass(40)
    screen.clock.fast_forward(10 * 60_000)  # away: nothing ran meanwhile
    minutes_pass(6)
    expect(screen.locator("#care-notice")).to_be_hidden()


def test_up_and_down_scroll_a_long_page_and_judge_a_short_one(screen, project, annotator):
    press(screen, "ArrowUp")
    press(screen, "ArrowDown")
    verdicts = Judgement.objects.order_by("id").values_list("verdict", flat=True)
    assert list(verdicts) == [Verdict.TIE, Verdict.BOTH_BAD]
    screen.set_viewport_size({"width": 390, "height": 300})
    expect(screen.locator("html")).to_have_js_property("clientHeight", 300)
    screen.keyboard.press("ArrowDown")
    screen.wait_for_timeout(200)
    assert Judgement.objects.count() == 2


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
    click_through(page, "A is better")
    assert Judgement.objects.count() == 1
    assert page.locator("#pair").inner_text() != first
    click_through(page, "Undo")
    assert page.locator("#pair").inner_text() == first
    page.get_by_role("button", name="Skip").click()
    click_through(page, "Something is broken or missing")
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


def test_the_screen_costs_few_requests_and_less_than_50_kilobytes(page, live_server, enter, screen):
    fresh = screen.context.browser.new_context(viewport=DESK, locale="en-US").new_page()
    enter(fresh, "ann")
    answers = []
    fresh.on("response", lambda answer: answers.append(answer))
    fresh.goto(screen.url, wait_until="networkidle")
    assert len(answers) <= 8
    assert sum(as_sent(answer) for answer in answers) < 50_000
    fresh.context.close()
