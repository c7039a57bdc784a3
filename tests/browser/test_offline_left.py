"""What is kept on a device and not sent: signing out, no room, and given back by hand."""

import pytest
from playwright.sync_api import expect

from annotate.models import Comparison, Judgement, Project
from tests.browser.offline import judge, open_panel, says, send_now, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_signing_out_asks_about_what_was_not_sent_and_leaves_nothing(device, live_server):
    judge(device, "1")
    device.context.set_offline(False)
    other = device.context.new_page()
    other.goto(live_server.url)
    other.get_by_role("button", name="Sign out").click()
    expect(other.locator("#unsent")).to_contain_text("not sent: 1")
    other.get_by_role("button", name="Stay signed in").click()
    send_now(device)
    says(device, kept=0, left=9)
    device.close()
    with other.expect_navigation():
        other.get_by_role("button", name="Sign out").click()
    assert "sign-in" in other.url
    left = other.evaluate(
        """async () => [
            (await indexedDB.databases()).length,
            (await caches.keys()).length,
            (await navigator.serviceWorker.getRegistrations()).length,
        ]"""
    )
    assert left == [0, 0, 0]


def test_a_browser_that_stores_nothing_is_not_offered_it(page, enter, annotator, offline_address):
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('refused'); }")
    enter(page, "ann")
    page.goto(offline_address)
    expect(page.locator("#offline [data-part=unsupported]")).to_be_visible()
    expect(page.get_by_role("button", name="Take along")).to_have_count(0)


def test_what_finds_no_room_on_the_device_is_told_and_given_back(
    page, enter, annotator, offline_address
):
    page.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    enter(page, "ann")
    page.goto(offline_address)
    page.get_by_role("button", name="Take along up to 10").click()
    expect(page.locator("#offline [data-part=refusal]")).to_contain_text("could not store them")
    assert Comparison.objects.filter(n_leased=1).count() == 10
    page.get_by_role("button", name="Give back what is left").click()
    until(lambda: not Comparison.objects.filter(n_leased=1).exists())


def test_what_is_left_is_given_back_by_hand(device):
    judge(device, "1")
    device.context.set_offline(False)
    open_panel(device)
    device.get_by_role("button", name="Give back what is left").click()
    says(device, kept=0, left=0)
    assert Judgement.objects.count() == 1
    assert Comparison.objects.filter(n_leased__gt=0).count() == 0


def test_the_judging_page_offers_it_where_the_project_does(screen, project):
    link = screen.get_by_role("link", name="Without a network")
    expect(link).to_have_count(0)
    Project.objects.update(offline_pairs=10)
    screen.reload()
    expect(link).to_be_visible()
