"""Which key does what: by character, by position, and as a person has chosen."""

import pytest
from playwright.sync_api import expect

from annotate.judging.sides import verdict_from_side
from annotate.models import Judgement, Lease
from tests.browser.judging import press, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def strike(page, key, code, **more):
    """A key of a keyboard that this machine does not have."""
    event = {"key": key, "code": code, "bubbles": True, "cancelable": True, **more}
    page.evaluate(
        "event => document.body.dispatchEvent(new KeyboardEvent('keydown', event))", event
    )


@pytest.mark.parametrize(
    ("key", "code", "more", "side"),
    [
        ("&", "Digit1", {}, "left"),  # AZERTY
        ("1", "Digit1", {"shiftKey": True}, "left"),
        ("à", "Digit0", {}, "tie"),
        ("-", "Digit6", {}, "both_bad"),
        ("ф", "KeyA", {}, "left"),  # Cyrillic
        ("2", "Numpad2", {}, "right"),
    ],
)
def test_keys_are_known_by_character_and_by_position(screen, key, code, more, side):
    lease = Lease.objects.get(public_id=shown(screen))
    strike(screen, key, code, **more)
    expect(screen.locator("#saved")).to_have_attribute("data-state", "saved")
    assert Judgement.objects.get().verdict == verdict_from_side(side=side, lease=lease)


@pytest.mark.parametrize(
    ("key", "code", "more"),
    [("q", "KeyA", {}), ("A", "KeyA", {"shiftKey": True}), ("!", "Digit1", {"shiftKey": True})],
)
def test_a_letter_is_what_it_says_and_shift_alone_makes_no_verdict(screen, key, code, more):
    before = shown(screen)
    strike(screen, key, code, **more)
    assert shown(screen) == before


def test_a_person_may_choose_other_keys_but_not_one_for_two_things(screen):
    def change(action, key):
        screen.locator(f"[data-action={action}] [data-change]").click()
        screen.keyboard.press(key)

    screen.keyboard.press("?")
    change("left", "2")
    expect(screen.locator("#keys [role=status]")).to_contain_text("2 is taken: B is better.")
    change("left", "Enter")
    expect(screen.locator("#keys [role=status]")).to_contain_text("cannot be used")
    change("left", "j")
    expect(screen.locator("#keys [role=status]")).to_contain_text("J now means: A is better.")
    screen.get_by_role("button", name="Close").click()
    expect(screen.locator("#keys")).to_be_hidden()
    before = shown(screen)
    screen.keyboard.press("1")
    assert shown(screen) == before
    screen.reload()
    expect(screen.locator("[data-does=left] kbd")).to_have_text("J")
    lease = Lease.objects.get(public_id=shown(screen))
    press(screen, "j")
    assert Judgement.objects.get().verdict == verdict_from_side(side="left", lease=lease)
    screen.keyboard.press("?")
    screen.get_by_role("button", name="Use the usual keys again").click()
    expect(screen.locator("[data-does=left] kbd")).to_have_text("1")


def test_a_key_given_on_another_screen_means_one_thing_here(screen):
    """The keys are this browser's: projects ask for different things, and rulings for others."""
    screen.evaluate(
        "keys => localStorage.setItem('accord keys', JSON.stringify(keys))",
        {"larger": "1", "elsewhere": "q", "left_3": "j"},
    )
    screen.reload()
    left = screen.locator("[data-does=left]")
    expect(left.locator("kbd")).to_have_text("A")  # 1 makes the text larger
    expect(left).to_have_attribute("aria-keyshortcuts", "ArrowLeft A")
    screen.keyboard.press("?")
    for action, key in (("right", "q"), ("left", "j")):
        screen.locator(f"[data-action={action}] [data-change]").click()
        screen.keyboard.press(key)
    kept = screen.evaluate("JSON.parse(localStorage.getItem('accord keys'))")
    assert kept == {"larger": "1", "left_3": "j", "right": "q", "left": "j"}
