from functools import partial

import pytest
from django.urls import reverse

from annotate.database.time_limit import TookTooLong
from annotate.listing.found import found_page
from annotate.listing.search_index import index_comparisons
from annotate.models import Exposure, Role
from tests.factories import (
    judge_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(slug="helpful", overlap=2)


def signed_in_as(client, project, role):
    member = make_member(project, user=make_user(), role=role)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return member


def text_of(client, project, query=""):
    answer = client.get(f"{reverse('annotate:comparisons', args=[project.slug])}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_filters_in_use_are_chips_each_with_the_view_without_it(client, project):
    signed_in_as(client, project, Role.LEAD)
    disputed, agreed = make_comparisons(project, 2)
    judge_comparison(disputed, "first", "second")
    text = text_of(client, project, "contested=true&agreement_to=60&sort=divided")
    assert str(disputed.public_id) in text
    assert str(agreed.public_id) not in text
    assert "1 comparison" in text
    assert 'href="?agreement_to=60&amp;sort=divided"' in text
    assert "60 %" in text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("agreement_to=101", "less than or equal to 100"),
        ("agreement_from=80&agreement_to=20", "20 is less than 80."),
        ("judged_from=tomorrow", "Enter a valid date."),
        ("length_to=many", "Enter a whole number."),
        ("q=...", "There is no word in “...” to search by."),
        ("state=staged", "staged is not one of the available choices"),
        ("differ=one", "“one” is not two pseudonyms"),
        ("project__slug=x", "There is no filter “project__slug”."),
        ("sort=password", "password is not one of the available choices"),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_nothing_is_lost(client, project, query, says):
    signed_in_as(client, project, Role.LEAD)
    make_comparisons(project, 1)
    text = text_of(client, project, query)
    assert says in text
    assert 'class="table"' not in text


def test_reviewers_neither_see_nor_use_the_filters_of_leads(client, project):
    signed_in_as(client, project, Role.REVIEWER)
    make_comparisons(project, 1)
    assert 'name="model"' not in text_of(client, project)
    assert "Only leads may filter by “Gold”." in text_of(client, project, "gold=true")


def test_a_list_by_verdict_ends_its_readers_judging_of_it(client, project):
    lead = signed_in_as(client, project, Role.LEAD)
    judged, _other = make_comparisons(project, 2)
    judge_comparison(judged, "tie")
    assert "can no longer judge the comparisons on this page" in text_of(
        client, project, "verdict=tie"
    )
    assert [one.comparison for one in Exposure.objects.filter(annotator=lead)] == [judged]
    text_of(client, project, "person=somebody&contested=true")
    assert Exposure.objects.count() == 1


def test_pages_go_forth_and_back(client, project, monkeypatch):
    signed_in_as(client, project, Role.LEAD)
    monkeypatch.setattr("annotate.views.comparisons.found_page", partial(found_page, size=2))
    old, middle, new = make_comparisons(project, 3)
    first = text_of(client, project)
    assert str(old.public_id) not in first
    second = text_of(client, project, f"after={middle.public_id}")
    assert str(old.public_id) in second
    assert f'href="?before={old.public_id}" rel="prev"' in second
    assert str(new.public_id) in text_of(client, project, f"before={old.public_id}")
    assert str(new.public_id) in text_of(client, project, "after=mangled")


def test_what_takes_too_long_is_refused_with_what_to_do(client, project, monkeypatch):
    signed_in_as(client, project, Role.LEAD)
    make_comparisons(project, 1)

    def too_long(*_args, **_kwargs):
        raise TookTooLong

    monkeypatch.setattr("annotate.listing.found.page_of", too_long)
    assert "Add a filter" in text_of(client, project, "done=true")


def test_what_the_index_lacks_is_said(client, project):
    signed_in_as(client, project, Role.LEAD)
    make_comparisons(project, 1)
    assert "1 that came in just now" in text_of(client, project, "q=anything")
    index_comparisons()
    assert "came in just now" not in text_of(client, project, "q=anything")
