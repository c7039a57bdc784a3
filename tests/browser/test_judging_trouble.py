"""Judging while the network, the session or the lease is lost: nothing is, and people are told."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from annotate.models import Judgement, Lease
from tests.browser.judging import press, replace_fetch, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that the page itself does not show."""
    for _attempt in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come about in ten seconds")


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


def test_leaving_with_something_unsaved_asks_first(screen):
    replace_fetch(screen, "() => Promise.reject(new TypeError('Failed to fetch'))")
    screen.keyboard.press("1")
    screen.on("dialog", lambda dialog: dialog.dismiss())
    with screen.expect_event("dialog") as asked:
        screen.evaluate("location.href = '/'")
    assert asked.value.type == "beforeunload"
