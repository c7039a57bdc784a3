"""The pages of the stream of rulings."""

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Adjudication, Role
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=2)


@pytest.fixture
def browser(project) -> Client:
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def disputed(project):
    prompt = make_prompt(project)
    answers = [make_completion(prompt, text=f"Text {n}", origin=f"SECRET-{n}") for n in (1, 2)]
    first, second = sorted(answers, key=lambda answer: answer.public_id)
    comparison = make_comparison(project, prompt=prompt, first=first, second=second)
    judge_comparison(comparison, "first", "second")
    return comparison


def address(project, name="rulings", *more):
    return reverse(f"annotate:{name}", args=[project.slug, *more])


def test_neither_names_nor_votes_are_shown_before_the_ruling_and_votes_are_after(
    browser, project, disputed
):
    page = browser.get(address(project)).content.decode()
    assert "Text 1" in page
    assert "Text 2" in page
    assert "SECRET" not in page
    assert "votes__bar" not in page

    chosen = {"comparison": disputed.public_id, "side": "left"}
    after = browser.post(address(project), chosen, follow=True).content.decode()
    assert "votes__bar" in after
    assert "Nothing waits for a ruling" in after
    comment = address(project, "ruling_comment", disputed.public_id)
    kept = browser.post(comment, {"note": "Clearer."}, follow=True).content.decode()
    assert "Your comment was kept." in kept
    assert Adjudication.objects.get().note == "Clearer."


def test_a_ruling_sent_twice_or_about_nothing_is_refused_in_words(browser, project, disputed):
    chosen = {"comparison": disputed.public_id, "side": "left"}
    browser.post(address(project), chosen)
    browser.post(address(project), {**chosen, "side": "right"})
    assert Adjudication.objects.count() == 1
    answer = browser.post(address(project), {"side": "middle"}, follow=True)
    assert answer.status_code == 200
    assert browser.get(address(project), {"after": "x", "last": "y"}).status_code == 200


def test_the_votes_of_what_another_ruled_are_not_shown_by_its_address(browser, project, disputed):
    page = browser.get(address(project), {"last": disputed.public_id}).content.decode()
    assert "votes__bar" not in page
