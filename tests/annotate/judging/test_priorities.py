import uuid

import pytest

from annotate.errors import InvalidInput, ProjectPaused
from annotate.judging.priorities import pause_project, set_priorities, set_wanted
from annotate.models import AuditEvent, ComparisonState, Judgement, Lease, LeaseState, Preference
from tests.annotate.judging.test_leases import judge_all
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def test_a_lower_priority_number_comes_sooner_even_to_those_who_have_passed_it():
    project = make_project(overlap=2)
    comparisons = [make_comparison(project, rand_key=n) for n in range(4)]
    annotator, other = make_member(project), make_member(project)
    lease = hold(annotator, project).current
    assert lease.comparison_id == comparisons[0].pk
    judge(annotator, lease)

    n_found = set_priorities(
        project=project,
        priorities={comparisons[3].public_id: -5, comparisons[0].public_id: -9, uuid.uuid4(): 1},
    )

    assert n_found == 2
    project.refresh_from_db()
    order = [comparisons[n].pk for n in (3, 1, 2)]
    assert judge_all(annotator, project) == order
    assert judge_all(other, project)[:2] == [comparisons[0].pk, comparisons[3].pk]


@pytest.mark.parametrize("priority", [2**20 + 1, -(2**20) - 1, 0.5])
def test_a_priority_out_of_range_changes_nothing(priority):
    project = make_project()
    comparisons = make_comparisons(project, 2)

    with pytest.raises(InvalidInput) as refused:
        set_priorities(
            project=project,
            priorities={comparisons[0].public_id: 3, comparisons[1].public_id: priority},
        )

    assert refused.value.value == priority
    comparisons[0].refresh_from_db()
    assert comparisons[0].priority == 0


def test_fewer_wanted_turns_the_newest_excess_into_surplus():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    judgements = judge_comparison(comparison, "second", "first", "first")

    assert set_wanted(comparison=comparison, wanted=1) == 1

    comparison.refresh_from_db()
    assert (comparison.wanted, comparison.n_counted, comparison.n_second) == (1, 1, 1)
    counted = Judgement.objects.get(is_counted=True)
    assert counted == judgements[0]
    assert Preference.objects.get(superseded_at=None).chosen == comparison.second


def test_fewer_wanted_releases_the_newest_leases_in_excess():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    people = [make_member(project) for _n in range(3)]
    leases = [hold(person, project).current for person in people]

    set_wanted(project=project, wanted=1)

    comparison.refresh_from_db()
    assert comparison.n_leased == 1
    assert Lease.objects.get(state=LeaseState.LIVE) == leases[0]
    assert not judge(people[2], leases[2]).is_counted
    assert judge(people[0], leases[0]).is_counted


def test_more_wanted_lets_surplus_count_before_anybody_is_asked():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")
    set_wanted(comparison=comparison, wanted=1)
    assert Judgement.objects.filter(is_counted=True).count() == 1

    set_wanted(comparison=comparison, wanted=3)

    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.is_open) == (2, True)
    annotator = make_member(project)
    judge(annotator, hold(annotator, project).current, "second")
    assert Preference.objects.get(superseded_at=None).chosen == comparison.second


def test_more_wanted_reopens_a_dispute_and_wakes_those_who_were_through():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")
    annotator = make_member(project)
    assert hold(annotator, project).current is None

    set_wanted(project=project, wanted=3)

    assert project.overlap == 3
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.OPEN
    assert hold(annotator, project).current.comparison_id == comparison.pk


def test_all_of_a_project_change_but_for_the_archived_and_the_repeats():
    project = make_project(overlap=2)
    comparisons = make_comparisons(project, 3)
    archived = make_comparison(project, state=ComparisonState.ARCHIVED)
    repeat = make_comparison(project, wanted=1, repeat_of=comparisons[0])

    assert set_wanted(project=project, wanted=4) == 3
    assert set_wanted(project=project, wanted=4) == 0
    archived.refresh_from_db()
    repeat.refresh_from_db()
    assert (archived.wanted, repeat.wanted) == (2, 1)


@pytest.mark.parametrize("wanted", [0, 51, 1.5])
def test_a_number_out_of_range_is_refused(wanted):
    comparison = make_comparison(make_project())

    with pytest.raises(InvalidInput):
        set_wanted(comparison=comparison, wanted=wanted)


def test_a_pause_ends_when_the_project_goes_on():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    pause_project(project=project)
    with pytest.raises(ProjectPaused):
        hold(annotator, project)

    pause_project(project=project, is_paused=False)
    pause_project(project=project, is_paused=False)
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["project.paused", "project.resumed"]
    assert hold(annotator, project).current is not None
