"""The list of comparisons by keys alone: rows, ranges, a change of many; and without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.bulk_changes.changing import run_bulk_change
from annotate.models import BulkChange, Comparison
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_rows_are_chosen_by_keys_and_changed_and_brought_back(
    page: Page, live_server, enter, project, lead
):
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/comparisons/")
    chosen = page.locator("tbody input:checked")
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(chosen).to_have_count(3)
    expect(page.get_by_text("3 chosen")).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator("tbody tr").nth(2).locator("a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("jx?")
    expect(chosen).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#list-keys")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    page.get_by_label("What to do").select_option(label="Set their priority")
    page.get_by_label("Priority, number of judgements or tag").fill("-3")
    page.get_by_role("button", name="Say what it would do").click()
    expect(page.get_by_text("Would change")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.set_viewport_size(PHONE)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= PHONE["width"]
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    run_bulk_change(bulk_change_id=BulkChange.objects.get().pk)
    assert Comparison.objects.filter(priority=-3).count() == 3
    expect(page.get_by_role("button", name="Undo")).to_be_visible()  # by itself
    assert page.evaluate(width) <= PHONE["width"]
    page.get_by_role("button", name="Undo").click()
    run_bulk_change(bulk_change_id=BulkChange.objects.order_by("pk").last().pk)
    assert not Comparison.objects.filter(priority=-3).exists()


def test_without_script_boxes_and_filters_work(browser, live_server, enter, project, lead):
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/comparisons/")
    page.get_by_label("Choose row 2").check()
    page.get_by_label("What to do").select_option(label="Archive them")
    page.get_by_role("button", name="Say what it would do").click()
    page.get_by_role("button", name="Do it").click()
    run_bulk_change(bulk_change_id=BulkChange.objects.get().pk)
    page.goto(f"{live_server.url}/projects/{project.slug}/comparisons/?state=archived")
    expect(page.locator("tbody tr")).to_have_count(1)
    context.close()
