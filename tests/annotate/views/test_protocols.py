"""The page on which leads say what is asked, by plain requests and by htmx."""

import pytest
from django.test import Client
from django.urls import reverse

from annotate.judging.protocols.presets import PRESETS
from annotate.models import AuditEvent, Judgement, Lease, Protocol, Role, Verdict
from annotate.projects.protocols import change_protocol
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
    make_set,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=2, name="Helpful")


@pytest.fixture
def browser(project) -> Client:
    lead = make_member(project, role=Role.LEAD, user=make_user(username="lena"))
    client = Client()
    client.force_login(lead.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def address(project) -> str:
    return reverse("annotate:protocol", args=[project.slug])


REASONS = {
    "based_on": "1",
    "verdicts-offered": ["tie"],
    "reasons": "on",
    "reasons-choices-0-name": "Clearer",
    "reasons-choices-0-zh-hans": "更好懂",
    "reasons-choices-1-name": "Kinder",
    "reasons-required": "on",
}
AS_DECLARED = {
    "verdicts": ["first", "second", "tie"],
    "reasons": {
        "choices": ["Clearer", "Kinder"],
        "required": True,
        "words": {"Clearer": {"zh-hans": "更好懂"}},
    },
}


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_lead_makes_a_version_of_their_own_and_the_audit_says_so(browser, project, address):
    assert browser.post(address, REASONS | {"save": ""}).url == address
    project.refresh_from_db()
    assert project.protocol.version == 2
    assert project.protocol.declaration == AS_DECLARED
    event = AuditEvent.objects.get(action="protocol.changed")
    assert event.after == {"version": 2, **AS_DECLARED}
    page = text_of(browser.get(address))
    assert "Now asked: Reasons." in page
    assert "lena" in page


def test_a_name_typed_with_too_many_spaces_keeps_its_words(browser, project, address):
    typed = {"reasons-choices-0-name": "Much  clearer", "reasons-choices-0-zh-hans": "更 好懂"}
    assert browser.post(address, REASONS | typed | {"save": ""}).url == address
    project.refresh_from_db()
    reasons = project.protocol.declaration["reasons"]
    assert reasons["choices"] == ["Much clearer", "Kinder"]
    assert reasons["words"] == {"Much clearer": {"zh-hans": "更 好懂"}}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_into_the_form_and_goes_out_of_it_as_it_is(browser, project, address, name):
    form = browser.get(address, {"preset": name}).context["form"]
    sent = {"based_on": "1", "save": ""}
    for section in form.sections():
        if section.asked is not None and section.asked.value():
            sent[section.asked.html_name] = "on"
        for field in section.settings:
            value = field.value()
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for number, row in enumerate(value):
                    sent |= {f"{field.html_name}-{number}-{key}": row[key] for key in row}
            elif value is not False and value is not None:
                sent[field.html_name] = value
    browser.post(address, sent)
    project.refresh_from_db()
    assert project.protocol.declaration == PRESETS[name].declaration


def test_a_press_shows_a_preview_and_stores_nothing(browser, project, address):
    make_comparison(project)
    page = text_of(browser.post(address, REASONS | {"preview": ""}))
    assert 'value="Kinder"' in page
    assert "Answer " in page
    assert Protocol.objects.count() == 1
    assert not Lease.objects.exists()
    assert not Judgement.objects.exists()


def test_what_is_typed_comes_back_as_a_fragment_and_saves_nothing(browser, address):
    answer = browser.post(address, REASONS | {"save": ""}, headers={"HX-Request": "true"})
    page = text_of(answer)
    assert page.lstrip().startswith("<div")
    assert "<html" not in page
    assert "3 to 4 keys for each judgement" in page
    assert "Why does ice float on water?" in page  # the project has no pair
    assert Protocol.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reasons-choices-1-name": "Clearer"}, "reasons-choices"),
        ({"reasons-choices-1-zh-hans": "更好懂"}, "reasons-choices"),
        ({"reasons-choices-1-name": "", "reasons-choices-1-en": "x"}, "reasons-choices"),
        ({"reasons-choices-0-name": "", "reasons-choices-1-name": ""}, "reasons-choices"),
        ({"strength": "on", "strength-scale": "ten"}, "strength-scale"),
        ({"criteria": "on", "criteria-names-0-name": "a", "criteria-least": "4"}, "criteria-most"),
        ({"criteria": "on", "criteria-names-0-name": "a", "criteria-most": "10"}, "criteria-most"),
        ({"wording": "on", "wording-words-0-en": "is safer"}, "wording-words"),
        ({"wording": "on", "wording-words-1-en": "{answer} is safer"}, "wording-words"),
        ({"wording": "on", "wording-words-5-en": "A is better"}, "wording-words"),
        ({"verdicts-offered": ["best"]}, "verdicts-offered"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_keeps_what_was_typed(browser, address, sent, field):
    if "reasons-choices-0-name" in sent:
        sent = sent | {"reasons-choices-0-zh-hans": ""}
    page = browser.post(address, REASONS | sent | {"save": ""})
    assert list(page.context["form"].errors) == [field]
    assert Protocol.objects.count() == 1
    if "reasons-choices-0-name" not in sent:
        assert 'value="更好懂"' in text_of(page)


def test_who_was_slower_is_told_and_loses_nothing(browser, project, address):
    other = make_member(project, role=Role.LEAD, user=make_user())
    strength = PRESETS["strength_three"].declaration
    change_protocol(project=project, changed_by=other.user, declaration=strength)
    answer = browser.post(address, REASONS | {"save": ""})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "somebody made version 2" in page
    assert "Now asked: Strength." in page
    assert 'value="Kinder"' in page
    assert Protocol.objects.count() == 2
    assert 'name="based_on" value="2"' in page
    browser.post(address, REASONS | {"based_on": "2", "save": ""})
    project.refresh_from_db()
    assert (project.protocol.version, project.protocol.declaration) == (3, AS_DECLARED)


def test_going_back_is_a_new_version_with_what_was_asked_before(browser, project, address):
    change_protocol(project=project, changed_by=None, declaration=PRESETS["criteria"].declaration)
    form = browser.get(address, {"version": "1"}).context["form"]
    assert form["verdicts-offered"].value() == ["tie", "both_bad"]
    offered = {"based_on": "2", "verdicts-offered": ["tie", "both_bad"], "save": ""}
    browser.post(address, offered)
    project.refresh_from_db()
    assert project.protocol.version == 3
    assert project.protocol.declaration == PRESETS["tie_both_bad"].declaration
    assert browser.get(address, {"version": "9"}).status_code == 404
    assert browser.get(address, {"preset": "best"}).status_code == 404


def test_a_project_with_sets_is_told_why_it_keeps_asking_for_rankings(browser, project, address):
    change_protocol(
        project=project, changed_by=None, declaration=PRESETS["ranking"].declaration, based_on=1
    )
    make_set(project, 3)
    shown = browser.get(address)
    assert shown.status_code == 200
    assert shown.content.decode().count("data-letter=") == 3  # the preview is a set of the project
    refused = browser.post(address, {"based_on": "2", "verdicts-offered": ["tie"], "save": "1"})
    assert refused.status_code == 400
    assert "This project has sets of answers to rank" in refused.content.decode()
    assert Protocol.objects.filter(project=project).count() == 2


def test_the_same_again_makes_no_version(browser, address):
    browser.post(address, {"based_on": "1", "verdicts-offered": ["tie", "both_bad"], "save": ""})
    assert Protocol.objects.count() == 1


def test_seconds_are_shown_where_enough_people_judged(browser, project, address):
    for number in range(10):
        verdicts = (Verdict.FIRST, Verdict.TIE)
        judge_comparison(make_comparison(project), *verdicts, seconds=10.0 + number)
    page = text_of(browser.get(address))
    # twenty people, each of 10, 11 … 19 seconds twice
    assert "Median 14 s" in page or "Median 15 s" in page
    assert "20 judgements by 20 people" in page
    assert "too few have judged so" in page  # of the other presets


def test_a_warning_counts_what_is_held_and_what_was_judged(browser, project, address):
    judge_comparison(make_comparison(project), Verdict.FIRST)
    make_comparison(project)
    hold(make_member(project), project)
    page = text_of(browser.get(address))
    assert "1 judgement was given under version 1" in page
    assert "1 comparison is on somebody" in page
