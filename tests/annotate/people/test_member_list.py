from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Judgement, Project, Role
from annotate.people.member_list import BY_JUDGED, BY_LAST, BY_NAME, member_list
from tests.factories import (
    hold,
    judge,
    make_comparison,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Ben judged twice, today and a month ago; Ann once, a day ago; Cid never, and is paused."""
    project = make_project(overlap=3)
    for _number in range(2):
        make_comparison(project)
    people = {
        name: make_member(project, user=make_user(username=name), cohort=cohort)
        for name, cohort in (("Ben", "north"), ("ann", "south"), ("cid", "north"))
    }
    people["cid"].memberships.update(is_active=False, role=Role.REVIEWER)
    for name, days in (("Ben", 30), ("Ben", 0), ("ann", 1)):
        given = judge(people[name], hold(people[name], project).current)
        Judgement.objects.filter(pk=given.pk).update(
            judged_at=timezone.now() - timedelta(days=days)
        )
    return project


def names(project: Project, **wanted: str) -> list[str]:
    return [str(one.annotator.user) for one in member_list(project, **wanted)]


def test_everybody_has_their_numbers(project):
    ann, ben, cid = member_list(project)
    assert [(one.n_judged, one.n_week) for one in (ann, ben, cid)] == [(1, 1), (2, 1), (0, 0)]
    assert [one.n_today for one in (ann, ben, cid)] == [0, 1, 0]
    assert ben.last_judged_at > ann.last_judged_at and cid.last_judged_at is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["ann", "Ben", "cid"]),
        ({"search": "EN"}, ["Ben"]),
        ({"search": "north"}, ["Ben", "cid"]),
        ({"search": "%"}, []),
        ({"role": "reviewer"}, ["cid"]),
        ({"state": "paused"}, ["cid"]),
        ({"state": "active"}, ["ann", "Ben"]),
        ({"state": "idle"}, []),
        ({"order": BY_LAST}, ["Ben", "ann", "cid"]),
        ({"order": BY_JUDGED}, ["Ben", "ann", "cid"]),
        ({"order": "odd"}, ["ann", "Ben", "cid"]),
    ],
)
def test_people_are_found_and_ordered(project, wanted, found):
    assert names(project, **wanted) == found


def test_only_this_project_counts(project):
    other = make_project(slug="other")
    make_comparison(other)
    ben = next(one.annotator for one in member_list(project, search="Ben"))
    make_member(other, user=ben.user)
    judge(ben, hold(ben, other).current)
    assert next(iter(member_list(project, search="Ben", order=BY_NAME))).n_judged == 2


def test_a_withdrawn_judgement_is_none(project):
    Judgement.objects.update(withdrawn_at=timezone.now())
    assert {one.n_judged for one in member_list(project)} == {0}


def test_the_list_costs_one_query(project, django_assert_num_queries):
    with django_assert_num_queries(1):
        [(one.annotator.user.username, one.n_week) for one in member_list(project)]
