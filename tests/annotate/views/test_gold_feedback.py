"""What the pages tell of gold: after it was judged, where the project does so, and nowhere else."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import ComparisonState, Exposure, Judgement, Lease, Project, Verdict
from annotate.views.judging import FRAGMENT
from tests.factories import hold, make_comparison, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
TOLD = "The comparison you judged last"


@pytest.fixture
def project() -> Project:
    project = make_project(shows_gold=True, offline_pairs=10)
    for gold in (Verdict.FIRST, Verdict.FIRST, ""):
        make_comparison(project, gold_verdict=gold)
    return project


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user(username="ann"))


@pytest.fixture
def browser(annotator) -> Client:
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, project) -> str:
    return reverse(f"annotate:{name}", args=[project.slug])


def sent(annotator, project, *, side: str, gold: str = Verdict.FIRST) -> dict[str, str]:
    """What a browser sends of a pair with this gold, its first answer on the left."""
    project.comparisons.exclude(gold_verdict=gold).update(state=ComparisonState.ARCHIVED)
    lease = hold(annotator, project).current
    Lease.objects.filter(pk=lease.pk).update(first_is_left=True)
    return {"lease": lease.public_id, "key": "k", "side": side}


def test_a_plain_page_tells_it_once_and_by_side(browser, project, annotator):
    body = sent(annotator, project, side="right")
    assert TOLD not in browser.get(url("judge", project)).content.decode()
    answer = browser.post(url("judge_submit", project), body, follow=True)
    page = answer.content.decode()
    assert (
        "The comparison you judged last: the expected answer was “A is better”. "
        "You said “B is better”." in page
    )
    assert TOLD not in browser.get(url("judge", project)).content.decode()


def test_a_fragment_tells_it_apart_from_the_pairs(browser, project, annotator):
    body = sent(annotator, project, side="left")
    answer = browser.post(url("judge_submit", project), body, headers={"accept": FRAGMENT})
    html = answer.content.decode()
    told = re.findall(r'<p data-slot="told">([^<]*)</p>', html)
    assert told == ["The comparison you judged last: you said what was expected."]
    assert html.count("expected") == 1


def test_what_was_told_of_cannot_be_undone(browser, project, annotator):
    body = sent(annotator, project, side="left")
    browser.post(url("judge_submit", project), body)
    answer = browser.post(url("judge_undo", project), {}, headers={"accept": FRAGMENT})
    assert answer.status_code == 409
    assert (
        "You were told what was expected here, so what you said stands." in answer.content.decode()
    )
    assert Judgement.objects.get().withdrawn_at is None


@pytest.mark.parametrize(("shows_gold", "gold"), [(True, ""), (False, Verdict.FIRST)])
def test_else_nothing_is_told(browser, project, annotator, shows_gold, gold):
    Project.objects.update(shows_gold=shows_gold)
    body = sent(annotator, project, gold=gold, side="left")
    answer = browser.post(url("judge_submit", project), body, follow=True)
    assert TOLD not in answer.content.decode()
    page = browser.get(url("history", project)).content.decode()
    assert ("Expected" in page) == shows_gold
    assert ("Only where the answer was known" in page) == shows_gold
    assert "as expected" not in page
    assert "Judge again" in page
    assert not Exposure.objects.exists()


def test_answers_sent_from_a_device_are_told_in_the_history(browser, project, annotator):
    pairs = browser.post(url("offline_take", project)).json()["pairs"]
    for number, pair in enumerate(pairs):
        body = {"owner": annotator.public_id, "does": "judge", "side": "tie"}
        body |= {"lease": pair["lease"], "key": f"k{number}"}
        assert browser.post(url("offline_send", project), body).json() == {"is_counted": True}
    assert not Exposure.objects.exists()
    page = browser.get(url("history", project)).content.decode()
    assert page.count("Judge again") == 1
    assert (
        "For 2 of the comparisons that you judged, the answer was known. You said what was "
        "expected in 0 of them: 0.0 % (0.0 % to 65.8 %, a 95 % interval)." in page
    )
    assert Exposure.objects.filter(is_to_gold=True).count() == 2


def test_the_history_marks_gold_and_finds_it(browser, project, annotator):
    for number, lease in enumerate(iter(lambda: hold(annotator, project).current, None)):
        Lease.objects.filter(pk=lease.pk).update(first_is_left=True)
        body = {"lease": lease.public_id, "key": f"k{number}", "side": "left"}
        browser.post(url("judge_submit", project), body)
    page = browser.get(url("history", project)).content.decode()
    assert page.count("<tr>") == 4
    assert page.count("as expected</span>") == 2
    only = browser.get(url("history", project), {"gold": "on"}).content.decode()
    assert only.count("<tr>") == 3
    none = browser.get(url("history", project), {"gold": "on", "q": "nothing like it"})
    assert "None of your judgements has these words" in none.content.decode()
    Project.objects.update(shows_gold=False)
    hidden = browser.get(url("history", project), {"gold": "on"}).content.decode()
    assert hidden.count("<tr>") == 4
    assert "xpected" not in hidden
