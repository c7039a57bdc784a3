from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from annotate.errors import MemberPaused, NotAMember, ProjectPaused
from annotate.judging.exposures import record_exposure
from annotate.judging.leases import lease_next, release_lease
from annotate.judging.skips import skip_comparison
from annotate.models import Lease, LeaseState, Membership, Project
from tests.factories import (
    hold,
    judge,
    make_annotator,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def let_expire(lease: Lease) -> None:
    Lease.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(minutes=1))


def judge_all(annotator, project) -> list[int]:
    """Judge until nothing is left; the comparisons in the order in which they came."""
    seen = []
    while (lease := hold(annotator, project).current) is not None:
        judge(annotator, lease)
        seen.append(lease.comparison_id)
    return seen


def test_claims_follow_priority_and_then_the_random_key():
    project = make_project()
    late = make_comparison(project, priority=1, rand_key=1)
    second = make_comparison(project, rand_key=9)
    first = make_comparison(project, rand_key=5)
    urgent = make_comparison(project, priority=-3, rand_key=8)
    annotator = make_member(project)

    assert judge_all(annotator, project) == [urgent.pk, first.pk, second.pk, late.pk]


def test_what_is_held_is_returned_again_with_the_same_sides():
    project = make_project()
    make_comparisons(project, 4)
    annotator = make_member(project)

    held = hold(annotator, project, ahead=True)
    again = hold(annotator, project, ahead=True)

    assert again == held
    assert again.current.first_is_left == held.current.first_is_left
    assert held.current.comparison_id != held.ahead.comparison_id
    assert Lease.objects.count() == 2


def test_the_order_of_what_is_held_does_not_hang_on_a_clock():
    project = make_project()
    make_comparisons(project, 3)
    annotator = make_member(project)
    held = lease_next(annotator=annotator, project=project, ahead=True)
    Lease.objects.filter(pk=held.ahead.pk).update(claimed_at=F("claimed_at") - timedelta(seconds=1))
    assert lease_next(annotator=annotator, project=project, ahead=True) == held


def test_without_ahead_only_one_is_claimed_and_both_are_returned_if_held():
    project = make_project()
    make_comparisons(project, 4)
    annotator = make_member(project)

    assert hold(annotator, project).ahead is None
    both = hold(annotator, project, ahead=True)
    assert hold(annotator, project) == both


def test_the_one_fetched_ahead_is_shown_next():
    project = make_project()
    make_comparisons(project, 4)
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)

    judge(annotator, held.current)
    after = hold(annotator, project, ahead=True)

    assert after.current == held.ahead
    assert after.ahead not in (None, held.current)


def test_two_people_never_hold_more_than_the_slots_there_are():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    first, second = make_member(project), make_member(project)

    assert hold(first, project).current.comparison_id == comparison.pk
    assert hold(second, project).current is None
    comparison.refresh_from_db()
    assert (comparison.n_leased, comparison.n_counted, comparison.is_open) == (1, 0, False)


def test_nobody_is_asked_twice():
    project = make_project(overlap=5)
    make_comparisons(project, 3)
    annotator = make_member(project)

    assert len(set(judge_all(annotator, project))) == 3
    project.refresh_from_db()
    Project.objects.update(queue_epoch=F("queue_epoch") + 1)  # a walk from the start
    assert hold(annotator, project).current is None


def test_the_walk_wraps_to_comparisons_that_were_passed():
    project = make_project(overlap=1)
    passed = make_comparison(project, rand_key=1)
    make_comparison(project, rand_key=2)
    first, second = make_member(project), make_member(project)
    lease = hold(first, project).current
    assert lease.comparison_id == passed.pk
    judge(second, hold(second, project).current)

    release_lease(annotator=first, lease_id=lease.public_id)

    assert hold(second, project).current.comparison_id == passed.pk


def test_once_exhausted_nobody_walks_again_until_a_slot_is_freed(django_assert_max_num_queries):
    project = make_project(overlap=1)
    make_comparison(project)
    first, second = make_member(project), make_member(project)
    lease = hold(first, project).current
    assert hold(second, project).current is None

    with django_assert_max_num_queries(6) as captured:
        assert hold(second, project).current is None
    assert not any('ORDER BY "annotate_comparison"' in query["sql"] for query in captured)

    skip_comparison(annotator=first, lease_id=lease.public_id, reason="unclear")
    assert hold(second, project).current.comparison_id == lease.comparison_id


def test_new_comparisons_reach_those_who_were_through():
    project = make_project(overlap=1)
    annotator = make_member(project)
    assert hold(annotator, project).current is None

    comparison = make_comparison(project)
    Project.objects.filter(pk=project.pk).update(queue_epoch=F("queue_epoch") + 1)  # published

    assert hold(annotator, project).current.comparison_id == comparison.pk


@pytest.mark.parametrize("state", ["staged", "adjudication", "adjudicated", "archived"])
def test_only_open_comparisons_are_handed_out(state):
    project = make_project()
    make_comparison(project, state=state)

    assert hold(make_member(project), project).current is None


def test_comparisons_of_other_projects_are_not_handed_out():
    project = make_project()
    make_comparison(make_project())

    assert hold(make_member(project), project).current is None


def test_who_has_seen_the_votes_is_not_asked_and_gives_back_what_they_hold():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    reviewer, annotator = make_member(project), make_member(project)
    lease = hold(reviewer, project).current

    record_exposure(annotator=reviewer, comparison=comparison)
    record_exposure(annotator=reviewer, comparison=comparison)

    lease.refresh_from_db()
    assert lease.state == LeaseState.RELEASED
    assert hold(reviewer, project).current is None
    assert hold(annotator, project).current.comparison_id == comparison.pk


def test_a_stranger_a_paused_member_and_a_paused_project_are_told_so():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    with pytest.raises(NotAMember):
        lease_next(annotator=make_annotator(), project=project)

    Membership.objects.update(is_active=False)
    with pytest.raises(MemberPaused):
        hold(annotator, project)
    Membership.objects.update(is_active=True)
    Project.objects.update(is_paused=True)
    with pytest.raises(ProjectPaused):
        hold(annotator, project)
    assert not Lease.objects.exists()
