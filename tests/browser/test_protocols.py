"""Each preset in Chromium, by keys and by touch: one key, or a few, and all of it is stored."""

import pytest
from playwright.sync_api import Page, expect

from annotate.judging.protocols.presets import PRESETS
from annotate.judging.protocols.versions import add_version
from annotate.models import Judgement
from tests.browser.conftest import PHONE
from tests.browser.judging import press, shown
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def judging(page, live_server, enter):
    """The judging screen under a preset."""

    def opened(preset: str) -> Page:
        project = make_project(overlap=5, asks=PRESETS[preset].declaration)
        make_comparisons(project, 4)
        make_member(project, user=make_user(username="ann"))
        enter(page, "ann")
        page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
        return page

    return opened


def said(judgement: Judgement, of: dict) -> tuple:
    """What was said of the left and of the right answer."""
    left, right = ("first", "second") if judgement.first_was_left else ("second", "first")
    return of[left], of[right]


def chose_left(judgement: Judgement) -> bool:
    return (judgement.verdict == "first") == judgement.first_was_left


@pytest.mark.parametrize(
    ("preset", "key", "is_left", "strength"),
    [
        ("two_way", "1", True, None),
        ("strength_four", "1", True, 3),
        ("strength_four", "4", True, 0),
        ("strength_four", "5", False, 0),
        ("strength_four", "8", False, 3),
        ("strength_three", "3", True, 1),
        ("strength_three", "5", False, 1),
        ("strength_three", "7", False, 3),
    ],
)
def test_a_verdict_with_its_strength_is_one_key(judging, preset, key, is_left, strength):
    press(judging(preset), key)
    judgement = Judgement.objects.get()
    assert (chose_left(judgement), judgement.strength) == (is_left, strength)


def test_the_middle_of_the_scale_is_a_tie(judging):
    press(judging("strength_three"), "4")
    judgement = Judgement.objects.get()
    assert (judgement.verdict, judgement.strength) == ("tie", None)


def test_strength_and_a_reason_are_three_keys(judging):
    screen = judging("reasons")
    screen.keyboard.press("1")
    screen.keyboard.press("3")
    press(screen, "Enter")
    judgement = Judgement.objects.get()
    assert (judgement.strength, judgement.reasons) == (3, ["Clearer"])


def test_what_is_missing_is_asked_for_and_typing_is_no_key(judging):
    screen = judging("reasons")
    before = shown(screen)
    screen.keyboard.press("1")
    screen.keyboard.press("Enter")
    expect(screen.locator(".is-missing")).to_have_count(1)
    screen.locator("#further [name=note]").press_sequentially("1 2 z")
    screen.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert shown(screen) == before
    assert not Judgement.objects.exists()
    screen.locator("[name=reasons]").first.check(force=True)
    press(screen, "Enter")
    judgement = Judgement.objects.get()
    assert (judgement.note, judgement.reasons) == ("1 2 z", ["More accurate"])


def test_criteria_are_a_digit_each_then_enter(judging):
    screen = judging("criteria")
    screen.keyboard.press("2")
    for digit in "4031221340":
        screen.keyboard.press(digit)
    press(screen, "Enter")
    judgement = Judgement.objects.get()
    assert not chose_left(judgement)
    assert said(judgement, judgement.criteria["helpfulness"]) == (4, 0)
    assert said(judgement, judgement.criteria["verbosity"]) == (4, 0)
    assert len(judgement.criteria) == 5


def test_each_answer_is_said_to_be_good_enough_or_not(judging):
    screen = judging("acceptability")
    for key in "012":
        screen.keyboard.press(key)
    press(screen, "Enter")
    judgement = Judgement.objects.get()
    of = {"first": judgement.first_acceptable, "second": judgement.second_acceptable}
    assert (judgement.verdict, said(judgement, of)) == ("tie", (True, False))


def test_the_better_answer_is_edited_from_its_own_text(judging):
    screen = judging("edit")
    screen.keyboard.press("2")
    expect(screen.locator("[name=edited]")).to_be_focused()
    screen.keyboard.press("End")
    screen.keyboard.type("\nBetter.")
    press(screen, "Control+Enter")
    judgement = Judgement.objects.get()
    chosen = getattr(judgement.comparison, judgement.verdict)
    assert judgement.edited_text == f"{chosen.text}\nBetter."


def test_a_change_of_mind_loses_nothing_that_was_edited(judging):
    screen = judging("edit")
    box = screen.locator("[name=edited]")
    screen.keyboard.press("2")
    box.fill("Ours.")
    screen.keyboard.press("Escape")
    screen.keyboard.press("8")  # the other side has its own text
    expect(box).not_to_have_value("Ours.")
    box.fill("Theirs.")
    screen.locator("[name=side][value='left 3']").click()
    expect(box).to_have_value("Ours.")
    press(screen, "Control+Enter")
    judgement = Judgement.objects.get()
    assert (chose_left(judgement), judgement.strength) == (True, 3)
    assert judgement.edited_text == "Ours."
    screen.keyboard.press("1")  # of the next pair there is none yet
    expect(box).not_to_have_value("Ours.")


def test_an_answer_left_as_it_is_was_not_edited(judging):
    screen = judging("edit")
    screen.keyboard.press("2")
    press(screen, "Control+Enter")
    assert Judgement.objects.get().edited_text == ""


def test_enter_belongs_to_the_control_that_has_the_focus(judging):
    screen = judging("acceptability")
    for key in "111":
        screen.keyboard.press(key)
    screen.get_by_role("button", name="Skip").focus()
    screen.keyboard.press("Enter")
    expect(screen.locator("#skip")).to_be_visible()
    screen.keyboard.press("Escape")
    expect(screen.locator("#skip")).to_be_hidden()
    screen.get_by_role("button", name="B is better").focus()
    screen.keyboard.press("Enter")  # another verdict, and not yet sent
    assert not Judgement.objects.exists()
    press(screen, "Enter")
    assert not chose_left(Judgement.objects.get())


def test_an_enter_held_down_neither_sends_nor_picks(judging):
    screen = judging("acceptability")
    before = shown(screen)
    screen.get_by_role("button", name="B is better").focus()
    for _repeat in range(3):
        screen.keyboard.down("Enter")
    screen.keyboard.up("Enter")
    assert shown(screen) == before
    expect(screen.locator(".is-missing")).to_have_count(0)
    expect(screen.get_by_role("button", name="B is better")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_digits_are_known_by_position_in_the_panel_too(judging):
    screen = judging("acceptability")
    screen.keyboard.press("2")
    for key, code in (("&", "Digit1"), ("é", "Digit2")):  # AZERTY
        screen.evaluate(
            "event => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', event))",
            {"key": key, "code": code, "bubbles": True, "cancelable": True},
        )
    press(screen, "Enter")
    judgement = Judgement.objects.get()
    of = {"first": judgement.first_acceptable, "second": judgement.second_acceptable}
    assert (chose_left(judgement), said(judgement, of)) == (False, (True, False))


def test_esc_goes_back_to_the_verdict(judging):
    screen = judging("acceptability")
    screen.keyboard.press("1")
    screen.keyboard.press("Escape")
    expect(screen.locator("#further")).to_be_hidden()
    for key in "211":
        screen.keyboard.press(key)
    press(screen, "Enter")
    assert not chose_left(Judgement.objects.get())


def test_a_thumb_does_all_of_it_at_390_pixels(judging):
    screen = judging("reasons")
    screen.set_viewport_size(PHONE)
    screen.get_by_role("button", name="A is much better").click()
    screen.get_by_text("Safer").click()
    screen.get_by_role("button", name="Send").click()
    expect(screen.locator("#saved")).to_have_attribute("data-state", "saved")
    assert Judgement.objects.get().reasons == ["Safer"]
    width = screen.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def test_the_screen_follows_a_lead_who_changes_what_is_asked(judging):
    screen = judging("two_way")
    project = Judgement.objects.model.project.field.related_model.objects.get()
    add_version(project, PRESETS["strength_four"].declaration)
    screen.keyboard.press("1")  # both were held under the first version
    expect(screen.locator("#saved")).to_have_attribute("data-state", "saved")
    screen.keyboard.press("1")  # what comes next is of the second: the controls are fetched
    expect(screen.locator("[name=side]")).to_have_count(8)
    press(screen, "8")
    stored = Judgement.objects.order_by("id").values_list("protocol_version", "strength")
    assert list(stored) == [(1, None), (1, None), (2, 3)]


def test_without_javascript_one_form_sends_all_of_it(browser, live_server, enter):
    project = make_project(overlap=5, asks=PRESETS["acceptability"].declaration)
    make_comparisons(project, 2)
    make_member(project, user=make_user(username="ann"))
    page = browser.new_context(java_script_enabled=False).new_page()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    page.locator('[name="acceptable.left"][value=no]').check(force=True)
    page.locator('[name="acceptable.right"][value=no]').check(force=True)
    with page.expect_navigation():
        page.get_by_role("button", name="B is better").click()
    judgement = Judgement.objects.get()
    assert (judgement.first_acceptable, judgement.second_acceptable) == (False, False)
    page.context.close()
