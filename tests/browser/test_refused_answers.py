"""A refused answer in Chromium: without JavaScript, and taken up by a script afterwards."""

import pytest
from playwright.sync_api import expect

from annotate.judging.protocols.presets import PRESETS
from annotate.models import Judgement
from tests.browser.judging import press
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(live_server):
    project = make_project(overlap=5, asks=PRESETS["edit"].declaration)
    make_comparisons(project, 4)
    make_member(project, user=make_user(username="ann"))
    return f"{live_server.url}/projects/{project.slug}/judge/"


def test_without_a_script_what_was_typed_and_picked_comes_back_and_can_be_sent(
    browser, enter, address
):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        enter(page, "ann")
        page.goto(address)
        page.locator("textarea[name=edited]").fill("   ")
        page.locator("button[value='right 2']").click()
        expect(page.get_by_text("Edit: The edited answer is empty.")).to_be_visible()
        expect(page.locator("button[value='right 2']")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("textarea[name=edited]")).to_have_value("   ")
        page.get_by_role("button", name="中文").click()
        expect(page.locator("#pair .answer")).to_have_count(2)  # not “405”
        page.locator("textarea[name=edited]").fill("Better.\n\n    indented")
        page.locator("button[value='right 2']").click()
        expect(page.locator("#n-judged")).to_have_text("1")
    assert Judgement.objects.get().edited_text == "Better.\n\n    indented"


def test_a_script_goes_on_from_what_a_plain_form_was_refused(page, enter, address):
    enter(page, "ann")
    page.goto(address)
    page.evaluate(
        """() => {
            const form = document.getElementById("controls");
            form.querySelector("[name=edited]").value = "   ";
            const side = Object.assign(document.createElement("input"), {
                type: "hidden", name: "side", value: "left 3"});
            form.append(side);
            HTMLFormElement.prototype.submit.call(form);
        }"""
    )
    expect(page.get_by_text("Edit: The edited answer is empty.")).to_be_visible()
    box = page.locator("textarea[name=edited]")
    expect(box).to_be_visible()
    expect(box).to_have_value("   ")
    box.fill("Better.")
    press(page, "Control+Enter")
    assert Judgement.objects.get().edited_text == "Better."
