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

    def half_a_lease_passes():
        page.clock.fast_forward(project.lease_seconds * 500 - 30_000)
        page.mouse.move(10, 10)  # who reads on gives a sign now and then
        page.mouse.move(20, 20)
        page.clock.fast_forward(60_000)

    half_a_lease_passes()
    until(lambda: Lease.objects.order_by("id")[0].expires_at > expiry)
    assert shown(page) == before
    Lease.objects.filter(public_id=before).update(state="expired")

    def is_told():
        half_a_lease_passes()
        return "no longer held for you" in page.locator("#warning").inner_text()

    until(is_told)  # a renewal that comes while the last one is under way is left out
    assert shown(page) != before


@pytest.fixture
def left_alone(page, live_server, enter, project, annotator):
    """The judging screen, in front, with nobody before it for an hour."""
    page.clock.install()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    renewals = []
    page.on("request", lambda request: "/renew/" in request.url and renewals.append(request.url))
    for _minute in range(60):
        page.clock.fast_forward(60_000)
    assert renewals == []
    return page


def test_a_screen_that_nobody_is_at_gives_its_pair_back(left_alone):
    page = left_alone
    expect(page.get_by_text("You have been away for a while")).to_be_visible()
    expect(page.locator("#pair")).to_be_hidden()
    page.keyboard.press("1")  # of a pair that is not on the screen
    page.keyboard.press("z")
    assert not Judgement.objects.exists()
    held = Lease.objects.order_by("id")[0]
    page.keyboard.press("Enter")  # on “Go on judging”, which has the focus
    expect(page.locator("#pair")).to_be_visible()
    until(lambda: Lease.objects.order_by("id")[0].expires_at > held.expires_at)
    assert shown(page) == str(held.public_id)  # nobody had taken it
    press(page, "1")
    assert 300 <= Judgement.objects.get().seconds < 310  # five minutes until they were away


def test_who_comes_back_to_a_pair_that_is_another_s_is_told_and_goes_on(left_alone):
    page = left_alone
    held = Lease.objects.order_by("id")[0]
    Lease.objects.filter(pk=held.pk).update(state="expired")
    page.get_by_role("button", name="Go on judging").click()
    expect(page.locator("#warning")).to_contain_text("no longer held for you")
    assert shown(page) != str(held.public_id)
    press(page, "1")


def test_leaving_with_something_unsaved_asks_first(screen):
    replace_fetch(screen, "() => Promise.reject(new TypeError('Failed to fetch'))")
    screen.keyboard.press("1")
    screen.on("dialog", lambda dialog: dialog.dismiss())
    with screen.expect_event("dialog") as asked:
        screen.evaluate("location.href = '/'")
    assert asked.value.type == "beforeunload"
