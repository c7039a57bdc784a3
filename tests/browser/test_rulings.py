"""The stream of rulings by keys, and how it looks on a desk and in a hand."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Adjudication, Role
from tests.browser.conftest import PHONE
from tests.factories import judge_comparison, make_comparison, make_member, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stream(page: Page, live_server, enter, project) -> Page:
    make_member(project, user=make_user(username="rita"), role=Role.REVIEWER)
    project.overlap = 2
    project.save()
    for comparison in [make_comparison(project) for _n in range(3)]:
        judge_comparison(comparison, "first", "second")
    enter(page, "rita")
    page.goto(f"{live_server.url}/projects/{project.slug}/rulings/")
    return page


def test_one_key_rules_and_the_next_is_there_by_itself(stream):
    first = stream.locator("#pair").inner_text()
    with stream.expect_navigation():
        stream.keyboard.press("2")
    assert stream.locator("#pair").inner_text() != first
    expect(stream.locator("details")).to_contain_text("Your last ruling")
    stream.locator("textarea").fill("0 1 2 while typing")
    stream.get_by_role("button", name="Keep the comment").click()
    expect(stream.locator("textarea")).to_have_value("0 1 2 while typing")
    assert Adjudication.objects.get().note == "0 1 2 while typing"
    with stream.expect_navigation():
        stream.keyboard.press("s")
    assert Adjudication.objects.count() == 1
    with stream.expect_navigation():
        stream.keyboard.press("-")
    assert Adjudication.objects.filter(verdict="both_bad").count() == 1


def test_a_ruling_does_not_leave_a_comment_behind_unasked(stream):
    with stream.expect_navigation():
        stream.keyboard.press("2")
    stream.locator("textarea").press_sequentially("why")
    stream.locator("h1").click()
    stream.on("dialog", lambda dialog: dialog.dismiss())  # at once: the key waits for it
    with stream.expect_event("dialog") as asked:
        stream.keyboard.press("1")
    assert asked.value.type == "beforeunload"
    expect(stream.locator("textarea")).to_have_value("why")
    assert Adjudication.objects.count() == 1
    stream.get_by_role("button", name="Keep the comment").click()  # and this asks nothing
    expect(stream.locator("textarea")).to_have_value("why")
    assert Adjudication.objects.get().note == "why"


def test_nothing_sticks_out_on_a_phone(stream):
    stream.set_viewport_size(PHONE)
    assert stream.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
