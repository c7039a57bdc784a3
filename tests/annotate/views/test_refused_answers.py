"""What was typed and picked is not lost with a refusal, with and without JavaScript."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from annotate.judging.protocols.versions import add_version
from annotate.judging.skips import skip_comparison
from annotate.models import Adjudication, Flag, Judgement, Lease, Project, Role
from tests.annotate.views.test_judging import fields, send, url
from tests.factories import (
    everything_asked,
    hold,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
ASKED = everything_asked(
    acceptability={"required": True},
    criteria={"names": ["helpfulness", "<odd>"], "required": True},
    reasons={"choices": ["clearer", "kinder"]},
)
TYPED = {
    "side": "left 2",
    "note": "First line.\r\n<b>Second</b>",
    "edited": "\r\nA better answer.",
    "reasons": ["kinder"],
    "acceptable.left": "yes",
    "acceptable.right": "no",
    "criteria.helpfulness.left": "4",
    "criteria.<odd>.left": "0",
}


@pytest.fixture
def project():
    project = make_project(overlap=3, asks=ASKED)
    make_comparisons(project, 4)
    return project


@pytest.fixture
def browser(project) -> Client:
    annotator = make_member(project, user=make_user(username="ann"))
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(page: str, name: str) -> str:
    """A text box's text as a browser reads it: the first line break is not of it."""
    found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL).group(1)
    return html.unescape(found.removeprefix("\n"))


def checked(page: str) -> set[tuple[str, str]]:
    boxes = re.findall(r"<input [^>]*>", page)
    names = [
        re.search(r'name="([^"]*)" value="([^"]*)"', box) for box in boxes if " checked" in box
    ]
    return {tuple(map(html.unescape, found.groups())) for found in names}


def test_a_plain_form_that_is_refused_comes_back_as_it_was_filled_in(browser, project):
    sent = fields(browser.get(url("judge", project)))
    answer = browser.post(url("judge_submit", project), {**sent, **TYPED})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Criteria · Helpfulness · B: This is not rated yet." in page
    assert fields(answer) != {}
    assert fields(answer)["lease"] == sent["lease"]
    assert text_of(page, "note") == TYPED["note"]
    assert text_of(page, "edited") == TYPED["edited"]
    assert checked(page) == {
        ("reasons", "kinder"),
        ("acceptable.left", "yes"),
        ("acceptable.right", "no"),
        ("criteria.helpfulness.left", "4"),
        ("criteria.<odd>.left", "0"),
    }
    (pressed,) = re.findall(r'value="([^"]*)"[^>]*aria-pressed="true"', page)
    assert pressed == "left 2"
    assert "What you wrote was not saved" not in page
    ratings = {f"criteria.{name}.right": "1" for name in ("helpfulness", "<odd>")}
    again = browser.post(url("judge_submit", project), {**fields(answer), **TYPED, **ratings})
    assert again.status_code == 302
    judgement = Judgement.objects.get()
    assert (judgement.note, judgement.reasons) == ("First line.\n<b>Second</b>", ["kinder"])


def test_the_part_at_fault_is_named_as_the_chinese_page_calls_it(browser, project):
    sent = fields(browser.get(url("judge", project)))
    answer = browser.post(
        url("judge_submit", project), {**sent, **TYPED}, headers={"accept-language": "zh-Hans"}
    )
    page = answer.content.decode()
    assert "有用性" in page or "有帮助" in page or "· B" in page
    assert "criteria.helpfulness" not in re.sub(r"<input [^>]*>", "", page)
    missing = browser.post(
        url("judge_submit", project),
        {"lease": sent["lease"]},
        headers={"accept-language": "zh-Hans"},
    ).content.decode()
    assert "side:" not in missing and "判断" in missing


def test_words_about_a_pair_that_is_gone_are_shown_to_be_copied(browser, project):
    sent = fields(browser.get(url("judge", project)))
    lease = Lease.objects.get(public_id=sent["lease"])
    skip_comparison(annotator=lease.annotator, lease_id=lease.public_id, reason="other")
    answer = browser.post(url("judge_submit", project), {**sent, **TYPED})
    page = answer.content.decode()
    assert answer.status_code >= 400
    assert fields(answer)["lease"] != sent["lease"]
    assert "What you wrote was not saved" in page
    assert "A better answer." in page and "&lt;b&gt;Second&lt;/b&gt;" in page
    assert text_of(page, "note") == text_of(page, "edited") == ""  # they are not about this pair
    assert not checked(page)


def test_an_expired_lease_that_may_still_be_answered_keeps_its_pair_and_its_form(browser, project):
    sent = fields(browser.get(url("judge", project)))
    Lease.objects.update(state="expired")
    answer = browser.post(url("judge_submit", project), {**sent, **TYPED})
    assert answer.status_code == 400
    assert fields(answer)["lease"] == sent["lease"]
    assert text_of(answer.content.decode(), "edited") == TYPED["edited"]


def test_a_refusal_in_a_paused_project_keeps_the_words(browser, project):
    sent = fields(browser.get(url("judge", project)))
    Project.objects.update(is_paused=True)
    page = browser.post(url("judge_submit", project), {**sent, **TYPED}).content.decode()
    assert "What you wrote was not saved" in page
    assert "A better answer." in page


def test_a_script_is_sent_the_words_of_what_was_refused(browser, project):
    sent = fields(browser.get(url("judge", project)))
    strange = hold(make_member(project), project).current
    answer = send(browser, "judge_submit", project, **{**sent, **TYPED, "lease": strange.public_id})
    page = answer.content.decode()
    assert answer.status_code == 410
    assert 'data-slot="typed"' in page and "A better answer." in page
    taken = send(browser, "judge_submit", project, lease=sent["lease"], key="k", side="left 9")
    assert 'data-slot="typed"' not in taken.content.decode()  # nothing was written


def test_the_address_of_a_refusal_leads_back_to_the_screen(browser, project):
    for name in ("judge_submit", "judge_flag"):
        answer = browser.get(url(name, project), {"text": "plain"})
        assert (answer.status_code, answer.url) == (302, url("judge", project) + "?text=plain")


def test_a_flag_that_is_refused_keeps_its_note(browser, project):
    sent = fields(browser.get(url("judge", project)))
    flag = {"lease": sent["lease"], "reason": "nothing", "note": "Look here."}
    page = browser.post(url("judge_flag", project), flag).content.decode()
    form = page[page.index('data-reasons="flag"') :]
    assert text_of(form, "note") == "Look here."
    assert not Flag.objects.exists()
    add_version(project, {"verdicts": ["first", "second"]})
    gone = {
        **flag,
        "reason": "other",
        "lease": hold(make_member(project), project).current.public_id,
    }
    assert "Look here." in browser.post(url("judge_flag", project), gone).content.decode()


@pytest.fixture
def ruled():
    project = make_project(overlap=2)
    reviewer = make_member(project, user=make_user(username="rev"), role=Role.REVIEWER)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")
    client = Client()
    client.force_login(reviewer.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(
        reverse("annotate:rulings", args=[project.slug]),
        {"comparison": comparison.public_id, "side": "left"},
    )
    return client, reverse("annotate:ruling_comment", args=[project.slug, comparison.public_id])


def test_a_comment_on_a_ruling_that_is_refused_stays_in_its_form(ruled):
    client, address = ruled
    answer = client.post(address, {"note": "x" * 2001})
    assert answer.status_code == 400
    assert "x" * 2001 in answer.content.decode()
    assert client.get(address).status_code == 302


def test_a_comment_on_a_ruling_that_another_replaced_is_shown_to_be_copied(ruled):
    client, address = ruled
    Adjudication.objects.update(superseded_at="2026-01-01T00:00:00Z")
    page = client.post(address, {"note": "Because of the dates."}).content.decode()
    assert "What you wrote was not saved" in page
    assert "Because of the dates." in page
