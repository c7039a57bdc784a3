"""Appeals: who may make one, what a lead's answer changes, and that it is answered once."""

import pytest
from django.test import Client

from annotate.errors import GoldNotShown, InvalidInput
from annotate.judging.gold_feedback import told_after
from annotate.models import (
    Appeal,
    AuditEvent,
    Comparison,
    GoldAnswer,
    Judgement,
    Project,
    Role,
    Verdict,
)
from annotate.quality.appeals import answer_appeal, appeals_of, make_appeal
from tests.factories import hold, judge, make_comparison, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(shows_gold=True)


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user())


@pytest.fixture
def lead(project):
    return make_member(project, user=make_user(), role=Role.LEAD)


def told(annotator, project, verdict=Verdict.SECOND, **gold) -> Judgement:
    make_comparison(project, **{"gold_verdict": Verdict.FIRST, **gold})
    judgement = judge(annotator, hold(annotator, project).current, verdict)
    told_after(judgement, project=project)
    return Judgement.objects.select_related("comparison").get(pk=judgement.pk)


def test_granted_what_they_said_is_right_as_well(project, annotator, lead):
    judgement = told(annotator, project)
    appeal = make_appeal(judgement=judgement, text=" The second cites its source. ")
    assert appeal.text == "The second cites its source."
    assert list(appeals_of(project)) == [appeal]
    answered = answer_appeal(appeal=appeal, is_granted=True, text="Right.", by=lead)
    assert (answered.is_granted, answered.answer, answered.answered_by) == (True, "Right.", lead)
    assert Comparison.objects.get().gold_also == Verdict.SECOND
    assert GoldAnswer.objects.get().is_right
    assert not appeals_of(project).exists()
    assert AuditEvent.objects.filter(action="appeal.granted", actor=lead.pseudonym).exists()


def test_where_two_verdicts_were_right_already_it_is_gold_no_more(project, annotator, lead):
    judgement = told(annotator, project, gold_also=Verdict.TIE)
    answer_appeal(
        appeal=make_appeal(judgement=judgement, text="No."), is_granted=True, text="", by=lead
    )
    comparison = Comparison.objects.get()
    assert (comparison.gold_verdict, comparison.gold_also) == ("", "")
    assert not GoldAnswer.objects.exists()


def test_refused_the_gold_stands_and_a_second_answer_is_none(project, annotator, lead):
    appeal = make_appeal(judgement=told(annotator, project), text="No.")
    answer_appeal(appeal=appeal, is_granted=False, text="It is wrong about the date.", by=lead)
    assert Comparison.objects.get().gold_also == ""
    with pytest.raises(InvalidInput, match="answered already"):
        answer_appeal(appeal=appeal, is_granted=True, text="", by=lead)
    assert Comparison.objects.get().gold_also == ""


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, "a\0b"])
def test_an_appeal_says_why(project, annotator, text):
    with pytest.raises(InvalidInput) as refused:
        make_appeal(judgement=told(annotator, project), text=text)
    assert refused.value.field == "text"


def test_what_was_as_expected_or_appealed_before_is_refused(project, annotator):
    with pytest.raises(InvalidInput, match="what was expected"):
        make_appeal(judgement=told(annotator, project, Verdict.FIRST), text="No.")
    judgement = told(annotator, project)
    make_appeal(judgement=judgement, text="No.")
    with pytest.raises(InvalidInput, match="already"):
        make_appeal(judgement=judgement, text="No!")


def test_who_was_told_nothing_has_nothing_to_appeal(annotator, project):
    make_comparison(project, gold_verdict=Verdict.FIRST)
    judgement = judge(annotator, hold(annotator, project).current, Verdict.SECOND)
    with pytest.raises(GoldNotShown):
        make_appeal(judgement=judgement, text="No.")


def browser_of(annotator) -> Client:
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_by_the_pages(project, annotator, lead):
    judgement = told(annotator, project)
    here = f"/projects/{project.slug}/"
    own, leads = browser_of(annotator), browser_of(lead)
    assert "I was right" in own.get(f"{here}history/").content.decode()
    body = {"judgement": judgement.public_id, "text": "<b>See</b> the source."}
    own.post(f"{here}history/appeals/", body)
    assert "waits for a lead" in own.get(f"{here}history/").content.decode()
    page = leads.get(f"{here}quality/").content.decode()
    assert "&lt;b&gt;See&lt;/b&gt; the source." in page
    appeal = Appeal.objects.get()
    there = f"{here}quality/appeals/{appeal.public_id}/"
    leads.post(there, {"is_granted": "perhaps"})
    assert Appeal.objects.get().answered_at is None
    leads.post(there, {"is_granted": "0", "text": "It stands."})
    page = own.get(f"{here}history/").content.decode()
    assert "Your appeal was not granted." in page
    assert "It stands." in page
    assert leads.post(there, {"is_granted": "1"}).status_code == 404
