"""The page of what is asked, in Chromium: a preview as one types; and without a script."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Judgement, Lease, Protocol
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(live_server, project, lead) -> str:
    return f"{live_server.url}/projects/{project.slug}/protocol/"


def test_what_is_typed_is_previewed_and_then_asked(page: Page, enter, address, project):
    page.set_viewport_size(DESK)
    enter(page, "lena")
    page.goto(address)
    draft = page.locator("#draft")
    expect(draft).to_contain_text("This is what the project asks now.")
    expect(draft).to_contain_text("1 key for each judgement")
    page.get_by_label("Reasons", exact=True).check()
    page.locator("[name=reasons-choices-0-name]").press_sequentially("Kinder")
    expect(draft.locator(".further")).to_contain_text("Kinder")
    expect(draft).to_contain_text("Now asked: Reasons.")
    page.locator("[name=reasons-choices-1-name]").fill("Kinder")
    expect(draft).to_contain_text("This is named twice.")
    page.locator("[name=reasons-choices-1-name]").fill("Truer")
    page.locator("[name=reasons-choices-1-zh-hans]").fill("更真实")
    expect(draft.locator(".further")).to_contain_text("Truer")
    draft.get_by_text("Truer").click()
    draft.get_by_role("button", name="A is better").click()  # as on the screen, and stores nothing
    assert not Judgement.objects.exists()
    assert not Lease.objects.exists()
    assert Protocol.objects.count() == 1
    page.get_by_role("button", name="Save as the next version").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Now asked: Reasons.")
    project.refresh_from_db()
    assert project.protocol.declaration["reasons"] == {
        "choices": ["Kinder", "Truer"],
        "required": False,
        "words": {"Truer": {"zh-hans": "更真实"}},
    }


def test_own_words_stand_on_the_buttons_that_people_press(page: Page, enter, address, project):
    enter(page, "lena")
    page.goto(address)
    page.get_by_label("Own words on the buttons").check()
    page.get_by_label("one answer is better: English").fill("{answer} is safer")
    expect(page.locator("#draft").get_by_role("button", name="B is safer")).to_be_visible()
    page.get_by_role("button", name="Save as the next version").click()
    page.wait_for_url(address)
    page.goto(address.replace("/protocol/", "/judge/"))
    expect(page.get_by_role("button", name="A is safer")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    assert Judgement.objects.get().protocol_version == 2


def test_the_next_empty_row_waits_below_the_last_that_is_written_in(page: Page, enter, address):
    page.set_viewport_size(PHONE)
    enter(page, "lena")
    page.goto(f"{address}?preset=reasons")
    expect(page.locator("[name=reasons-choices-5-name]")).to_be_visible()
    expect(page.locator("[name=reasons-choices-6-name]")).to_be_hidden()
    page.locator("[name=reasons-choices-5-name]").fill("Kinder")
    expect(page.locator("[name=reasons-choices-6-name]")).to_be_visible()


def test_without_javascript_a_press_previews_and_another_saves(browser, enter, address, project):
    page = browser.new_context(java_script_enabled=False).new_page()
    enter(page, "lena")
    page.goto(f"{address}?preset=acceptability")
    page.get_by_label("Note", exact=True).check()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#draft")).to_contain_text("Is answer A good enough?")
    expect(page.locator("#draft [name=note]")).to_be_visible()
    page.get_by_role("button", name="Save as the next version").click()
    page.wait_for_url(address)
    project.refresh_from_db()
    assert set(project.protocol.declaration) == {"verdicts", "acceptability", "note"}
    page.context.close()
