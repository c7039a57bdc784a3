"""What the page shows before and beside the pairs: guidelines, pauses, an empty queue."""

import uuid

import pytest
from django.test import Client

from annotate.models import Judgement, Lease, Membership
from tests.annotate.views.test_judging import leases, send, url
from tests.factories import (
    make_completion,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_guidelines_come_before_the_first_pair_and_again_when_they_change(browser, project):
    project.guidelines = "Be **kind**."
    project.save()
    answer = browser.get(url("judge", project))
    assert answer.url == url("guidelines", project)
    assert "<strong>kind</strong>" in browser.get(answer.url).content.decode()
    assert not Lease.objects.exists()
    assert browser.post(url("guidelines", project)).url == url("judge", project)
    assert browser.get(url("judge", project)).status_code == 200
    project.guidelines_version += 1
    project.save()
    assert browser.get(url("judge", project)).status_code == 302


def test_the_page_shows_no_origin_and_no_id_of_a_completion(browser, project):
    prompt = make_prompt(project)
    answers = [make_completion(prompt, text=f"Text {n}", origin=f"SECRET-{n}") for n in (1, 2)]
    page = browser.get(url("judge", project)).content.decode()
    assert "SECRET" not in page
    for completion in answers:
        assert str(completion.public_id) not in page


def test_a_paused_project_and_a_stranger_are_told_apart(browser, project):
    project.is_paused = True
    project.save()
    assert "This project is paused" in browser.get(url("judge", project)).content.decode()
    client = Client()
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url("judge", project)).status_code == 404


def test_an_empty_queue_says_what_to_do(browser, project):
    project.comparisons.update(state="archived")
    page = browser.get(url("judge", project)).content.decode()
    assert "Nothing is waiting for you" in page
    answer = send(browser, "judge_submit", project, lease=uuid.uuid4(), key="k", side="tie")
    assert 'data-slot="empty"' in answer.content.decode()


def test_somebody_paused_is_told_so(browser, project, annotator):
    Membership.objects.filter(annotator=annotator).update(is_active=False)
    assert browser.get(url("judge", project)).status_code == 404


def test_a_judgement_sent_into_a_paused_project_is_kept_and_the_screen_says_why_it_ends(
    browser, project
):
    current, _ahead = leases(browser.get(url("judge", project)))
    project.is_paused = True
    project.save()
    answer = send(browser, "judge_submit", project, lease=current, key="k", side="tie")
    assert answer.status_code == 200
    assert "This project is paused" in answer.content.decode()
    assert leases(answer) == []
    assert Judgement.objects.count() == 1
