"""Pages made by packages run under our policy too: the `page` fixture fails on a violation."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(live_server, page):
    """Go to an address as the site admin."""
    session = make_world().sessions["admin"]
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    page.context.add_cookies([cookie])
    return lambda address: page.goto(live_server.url + address)


def test_the_pages_of_the_api_list_every_operation_and_open_one(at, page):
    at("/api/v1/docs/")
    expect(page.locator(".opblock").first).to_be_visible()
    seen: set[str] = set()
    for _look in range(100):  # of a long list, what is near is drawn
        seen.update(page.locator(".opblock-summary-path").all_inner_texts())
        if len(seen) > 50:
            break
        page.mouse.wheel(0, 800)
        page.wait_for_timeout(200)
    assert len(seen) > 50
    page.mouse.wheel(0, -1_000_000)
    page.locator(".opblock-summary").first.click()
    page.wait_for_selector(".opblock-body")
    page.wait_for_timeout(300)


def test_the_admin_works_under_the_policy(at, page):
    for address in (
        "/admin/",
        "/admin/annotate/user/",
        "/admin/annotate/user/add/",
        "/admin/annotate/judgement/",
        "/admin/annotate/auditevent/",
        "/admin/training/run/",
        "/admin/training/run/add/",
    ):
        assert at(address).status == 200, address
        page.wait_for_timeout(200)
