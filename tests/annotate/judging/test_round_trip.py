import uuid

import pytest

from annotate.errors import AlreadyJudged, InvalidInput, KeyReused, LeaseLost, NotAMember
from annotate.judging.answers import Answer
from annotate.judging.leases import Held
from annotate.judging.round_trip import judge_and_hold_next
from annotate.models import Judgement, Lease, LeaseState, Membership, Project
from tests.annotate.judging.test_leases import let_expire
from tests.factories import (
    everything_asked,
    hold,
    make_annotator,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def send(annotator, project, lease, side="left", *, key=None, n_next=1, **fields):
    return judge_and_hold_next(
        annotator=annotator,
        project=project,
        lease_id=lease.public_id,
        answer=Answer(side=side, **fields),
        key=key or uuid.uuid4().hex,
        n_next=n_next,
    )


def test_one_request_records_and_holds_the_next():
    project = make_project(asks=everything_asked())
    make_comparisons(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    judged = send(annotator, project, lease, "right", seconds=3.0, note="quick")

    assert judged.recorded.judgement.verdict == ("second" if lease.first_is_left else "first")
    assert judged.recorded.judgement.note == "quick"
    assert judged.held.current.state == LeaseState.LIVE
    assert judged.held.current.comparison_id != lease.comparison_id
    assert judged.held.ahead is None
    assert hold(annotator, project) == judged.held


def test_what_was_fetched_ahead_comes_next_and_another_is_fetched():
    project = make_project()
    make_comparisons(project, 4)
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)

    judged = send(annotator, project, held.current, n_next=2)

    assert judged.held.current == held.ahead
    assert judged.held.ahead is not None
    assert Lease.objects.filter(state=LeaseState.LIVE).count() == 2


def test_sent_again_it_answers_the_same_judgement_and_what_is_held_then():
    project = make_project()
    make_comparisons(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    first = send(annotator, project, lease, key="k")
    again = send(annotator, project, lease, key="k")

    assert again.recorded.is_replay
    assert again.recorded.judgement == first.recorded.judgement
    assert again.held == first.held
    with pytest.raises(KeyReused):
        send(annotator, project, lease, "right", key="k")
    with pytest.raises(AlreadyJudged):
        send(annotator, project, lease, key="another")
    assert Judgement.objects.count() == 1


def test_who_wants_nothing_next_is_handed_nothing():
    project = make_project()
    make_comparisons(project, 2)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    judged = send(annotator, project, lease, n_next=0)

    assert judged.recorded.judgement.is_counted
    assert judged.held == Held(None, None)
    assert not Lease.objects.filter(state=LeaseState.LIVE).exists()


@pytest.mark.parametrize("paused", [Project, None])
def test_what_is_recorded_stays_although_nothing_more_is_handed_out(paused):
    project = make_project()
    make_comparisons(project, 2 if paused else 1)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    if paused:
        Project.objects.update(is_paused=True)

    judged = send(annotator, project, lease)

    assert judged.held.current is None
    assert Judgement.objects.get().is_counted


def test_a_retry_of_a_member_who_was_paused_since_still_gets_its_answer():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    send(annotator, project, lease, key="k")
    Membership.objects.update(is_active=False)

    again = send(annotator, project, lease, key="k")

    assert again.recorded.is_replay
    assert again.held.current is None


def test_slots_of_people_who_left_are_found_by_the_same_request():
    project = make_project(overlap=1)
    make_comparisons(project, 2)
    annotator, gone = make_member(project), make_member(project)
    lease = hold(annotator, project).current
    left_behind = hold(gone, project).current
    let_expire(left_behind)

    judged = send(annotator, project, lease)

    assert judged.held.current.comparison_id == left_behind.comparison_id


def test_wrong_input_strangers_and_leases_of_others_are_refused():
    project = make_project()
    make_comparisons(project, 2)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    with pytest.raises(NotAMember):
        send(make_annotator(), project, lease)
    with pytest.raises(LeaseLost):
        send(make_member(project), project, lease)
    with pytest.raises(InvalidInput) as refused:
        send(annotator, project, lease, "first")
    assert refused.value.field == "verdict"
    with pytest.raises(InvalidInput) as refused:
        send(annotator, project, lease, seconds=float("nan"))
    assert refused.value.field == "seconds"
    lease.refresh_from_db()
    assert lease.state == LeaseState.LIVE
    assert not Judgement.objects.exists()
