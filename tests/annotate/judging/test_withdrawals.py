import pytest

from annotate.errors import LeaseLost, NothingToUndo, NotJudgeable
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.leases import release_expired
from annotate.judging.undo import undo_action
from annotate.judging.withdrawals import withdraw_all, withdraw_judgement
from annotate.models import Comparison, Judgement, Lease, LeaseState, Preference
from tests.annotate.judging.test_leases import let_expire
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    send_judgement,
)

pytestmark = pytest.mark.django_db


def undo(annotator, judgement) -> Lease:
    return withdraw_judgement(annotator=annotator, judgement_id=judgement.public_id)


def test_undo_hands_the_comparison_out_again_with_the_same_sides():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    judgement = judge(annotator, lease)

    again = undo(annotator, judgement)

    assert again != lease
    assert again.state == LeaseState.LIVE
    assert again.first_is_left == lease.first_is_left
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased, comparison.n_first) == (0, 1, 0)
    assert not Preference.objects.filter(superseded_at=None).exists()
    assert hold(make_member(project), project).current is None  # the slot is kept for them


def test_after_undo_the_corrected_verdict_counts_and_both_rows_stay():
    project = make_project(overlap=1)
    make_comparison(project)
    annotator = make_member(project)
    judgement = judge(annotator, hold(annotator, project).current, "first")

    corrected = judge(annotator, undo(annotator, judgement), "second")

    judgement.refresh_from_db()
    assert judgement.withdrawn_at is not None
    assert corrected.is_counted
    assert Judgement.objects.count() == 2
    assert Preference.objects.get(superseded_at=None).n_second == 1


def test_an_id_is_looked_for_in_the_project_alone():
    """The screen of one project must not be given a comparison of another."""
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    judgement = judge(annotator, hold(annotator, project).current)
    with pytest.raises(NothingToUndo):
        undo_action(annotator=annotator, project=make_project(), action_id=judgement.public_id)
    undone = undo_action(annotator=annotator, project=project, action_id=judgement.public_id)
    assert undone.lease.comparison_id == judgement.comparison_id


def test_undo_is_shown_before_what_was_fetched_ahead_and_nobody_holds_three():
    project = make_project(overlap=1)
    make_comparisons(project, 4)
    annotator = make_member(project)
    judged = hold(annotator, project, ahead=True).current
    judgement = judge(annotator, judged)
    held = hold(annotator, project, ahead=True)

    again = undo(annotator, judgement)

    after = hold(annotator, project, ahead=True)
    assert (after.current, after.ahead) == (again, held.current)
    held.ahead.refresh_from_db()
    assert held.ahead.state == LeaseState.RELEASED
    assert Lease.objects.filter(state=LeaseState.LIVE).count() == 2
    assert Comparison.objects.filter(n_leased=1).count() == 2


def test_undo_sent_twice_gives_the_same_lease():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    judgement = judge(annotator, hold(annotator, project).current)

    assert undo(annotator, judgement) == undo(annotator, judgement)
    assert Lease.objects.filter(state=LeaseState.LIVE).count() == 1


def test_undo_of_what_is_not_theirs_or_was_judged_anew_is_refused():
    project = make_project()
    make_comparison(project)
    annotator, stranger = make_member(project), make_member(project)
    judgement = judge(annotator, hold(annotator, project).current)
    with pytest.raises(NothingToUndo):
        undo(stranger, judgement)

    judge(annotator, undo(annotator, judgement))
    with pytest.raises(NothingToUndo):
        undo(annotator, judgement)
    assert Judgement.objects.filter(withdrawn_at=None).count() == 1


def test_a_retry_of_a_request_that_was_undone_since_changes_nothing():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    judgement = judge(annotator, lease, "first", key="k")
    undo(annotator, judgement)

    assert send_judgement(annotator, lease, "first", key="k").is_replay
    with pytest.raises(LeaseLost):
        judge(annotator, lease, key="another")
    assert not Judgement.objects.filter(withdrawn_at=None).exists()


def test_the_latest_judgement_is_the_one_undone():
    project = make_project()
    make_comparisons(project, 2)
    annotator = make_member(project)
    with pytest.raises(NothingToUndo):
        undo_action(annotator=annotator, project=project)
    first = judge(annotator, hold(annotator, project).current)
    second = judge(annotator, hold(annotator, project).current)

    undo_action(annotator=annotator, project=project)

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.withdrawn_at is None
    assert second.withdrawn_at is not None


def test_the_oldest_surplus_has_the_first_right_to_the_slot():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    late = [make_member(project) for _n in range(2)]
    leases = []
    for annotator in late:
        leases.append(hold(annotator, project).current)
        let_expire(leases[-1])
        release_expired()
    [counted] = judge_comparison(comparison, "first")
    older, newer = (
        judge(annotator, lease, "second") for annotator, lease in zip(late, leases, strict=True)
    )

    again = undo(counted.annotator, counted)

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.is_counted, newer.is_counted) == (True, False)
    assert again.state == LeaseState.RELEASED  # no slot is left for it: it comes as late
    assert not judge(counted.annotator, again, "first").is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_second, comparison.n_leased) == (1, 1, 0)
    assert Preference.objects.get(superseded_at=None).n_second == 1


def test_undoing_surplus_moves_no_slot():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    late = make_member(project)
    lease = hold(late, project).current
    let_expire(lease)
    judge_comparison(comparison, "first")
    surplus = judge(late, lease, "second")

    assert undo(late, surplus).state == LeaseState.RELEASED
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased) == (1, 0)


def test_what_a_reviewer_closed_stays_as_it_was_judged():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    [judgement] = judge_comparison(comparison, "first")
    adjudicate(reviewer=make_member(project), comparison_id=comparison.public_id, verdict="tie")

    with pytest.raises(NotJudgeable):
        undo(judgement.annotator, judgement)
    judgement.refresh_from_db()
    assert judgement.withdrawn_at is None


def test_who_has_seen_the_votes_may_not_change_their_own():
    project = make_project()
    comparison = make_comparison(project)
    [judgement] = judge_comparison(comparison, "first")
    record_exposure(annotator=judgement.annotator, comparison=comparison)

    with pytest.raises(NotJudgeable):
        undo(judgement.annotator, judgement)


def test_erasure_withdraws_everything_and_opens_the_slots_to_others():
    project = make_project(overlap=1)
    comparisons = make_comparisons(project, 3)
    annotator, other = make_member(project), make_member(project)
    for _comparison in comparisons:
        judge(annotator, hold(annotator, project).current)
    assert hold(other, project).current is None

    assert withdraw_all(annotator=annotator) == 3
    assert withdraw_all(annotator=annotator) == 0

    assert not Preference.objects.filter(superseded_at=None).exists()
    assert not Lease.objects.filter(state=LeaseState.LIVE).exists()
    assert hold(other, project).current is not None
