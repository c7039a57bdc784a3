"""What becomes of a ranking once it is given: taken back, surplus, skipped, ruled on, erased."""

import pytest

from annotate.errors import (
    NotAdjudicable,
    NothingToUndo,
)
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.priorities import set_priorities, set_wanted
from annotate.judging.skips import skip_comparison, take_back_skip
from annotate.judging.undo import undo_action
from annotate.judging.withdrawals import withdraw_all, withdraw_judgement
from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    LeaseState,
    Preference,
    Ranking,
    Role,
)
from tests.annotate.judging.test_rankings import assert_whole, make_ranked_project, rank, verdicts
from tests.factories import (
    hold,
    make_comparison,
    make_member,
    make_set,
    send_ranking,
)

pytestmark = pytest.mark.django_db


def test_undo_takes_back_the_whole_ranking_and_gives_it_again_in_the_same_order():
    project = make_ranked_project()
    completion_set = make_set(project, 4)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    send_ranking(annotator, lease, [1, 2, 3, 4])

    undone = undo_action(annotator=annotator, project=project)

    assert undone.lease.state == LeaseState.LIVE
    assert undone.lease.screen_order == lease.screen_order
    assert not Judgement.objects.filter(withdrawn_at=None).exists()
    assert not Preference.objects.filter(superseded_at=None).exists()
    assert_whole(completion_set)
    send_ranking(annotator, undone.lease, [4, 3, 2, 1])
    assert verdicts(withdrawn_at=None) == ["second"] * 6
    assert_whole(completion_set)


def test_a_derived_judgement_is_not_withdrawn_alone():
    project = make_ranked_project()
    completion_set = make_set(project, 3)
    annotator, _recorded = rank(project, [1, 2, 3])
    derived = Judgement.objects.filter(is_derived=True).first()
    with pytest.raises(NothingToUndo):
        withdraw_judgement(annotator=make_member(project), judgement_id=derived.public_id)
    withdraw_judgement(annotator=annotator, judgement_id=derived.public_id)
    assert Judgement.objects.exclude(withdrawn_at=None).count() == 3
    assert_whole(completion_set)


def test_a_late_ranking_is_surplus_as_a_whole_and_promoted_as_a_whole():
    project = make_ranked_project()
    completion_set = make_set(project, 3)
    late = make_member(project)
    lease = hold(late, project).current
    lease.expires_at = lease.claimed_at
    lease.save()
    timely, _recorded = rank(project, [1, 2, 3])
    recorded = send_ranking(late, lease, [3, 2, 1])
    assert not recorded.judgement.is_counted
    assert verdicts(is_counted=False) == ["second"] * 3
    assert_whole(completion_set)

    undo_action(annotator=timely, project=project)

    assert verdicts(is_counted=True, withdrawn_at=None) == ["second"] * 3
    assert_whole(completion_set)


def test_wanting_fewer_turns_the_newest_ranking_into_surplus_and_more_brings_it_back():
    project = make_ranked_project(overlap=2)
    completion_set = make_set(project, 3)
    rank(project, [1, 2, 3])
    rank(project, [3, 2, 1])
    assert set_wanted(wanted=1, project=project) == 1
    assert verdicts(is_counted=True) == ["first"] * 3
    assert_whole(completion_set)
    derived = completion_set.comparisons.filter(is_derived=True).first()
    assert set_wanted(wanted=3, comparison=derived) == 1
    assert Judgement.objects.filter(is_counted=False).count() == 0
    assert_whole(completion_set)
    assert hold(make_member(project), project).current is not None


def test_a_skip_hides_the_set_and_three_send_all_of_it_to_adjudication():
    project = make_ranked_project(overlap=3)
    completion_set = make_set(project, 3)
    for _person in range(3):
        annotator = make_member(project)
        lease = hold(annotator, project).current
        skip = skip_comparison(annotator=annotator, lease_id=lease.public_id, reason="unclear")
        assert hold(annotator, project).current is None
    states = set(completion_set.comparisons.values_list("state", flat=True))
    assert states == {ComparisonState.ADJUDICATION}
    again = take_back_skip(annotator=annotator, skip_id=skip.public_id)
    assert again.screen_order == lease.screen_order
    states = set(completion_set.comparisons.values_list("state", flat=True))
    assert states == {ComparisonState.OPEN}
    assert_whole(completion_set)


def test_whoever_saw_the_votes_of_one_pair_ranks_the_set_no_more():
    project = make_ranked_project(overlap=2)
    completion_set = make_set(project, 3)
    rank(project, [1, 2, 3])
    nosy = make_member(project)
    lease = hold(nosy, project).current
    derived = completion_set.comparisons.filter(is_derived=True).first()
    record_exposure(annotator=nosy, comparison=derived)
    lease.refresh_from_db()
    assert lease.state == LeaseState.RELEASED
    assert hold(nosy, project).current is None
    assert_whole(completion_set)


def test_disputed_pairs_alone_go_to_adjudication_and_a_ruling_waits_for_the_last_ranking():
    project = make_ranked_project(overlap=2)
    completion_set = make_set(project, 3)
    reviewer = make_member(project, role=Role.REVIEWER)
    rank(project, [1, 2, 3])
    pairs = completion_set.comparisons.order_by("first__public_id", "second__public_id")
    pair = pairs.last()
    with pytest.raises(NotAdjudicable):
        adjudicate(reviewer=reviewer, comparison_id=pair.public_id, verdict="tie")
    rank(project, [1, 3, 2])
    assert list(pairs.values_list("state", flat=True)) == ["open", "open", "adjudication"]
    adjudicate(reviewer=reviewer, comparison_id=pair.public_id, verdict="tie")
    assert Preference.objects.get(comparison=pair, superseded_at=None).outcome == "tie"
    assert_whole(completion_set)


def test_a_set_whose_representative_was_ruled_on_leaves_no_pair_waiting_for_ever():
    project = make_ranked_project(overlap=2)
    completion_set = make_set(project, 3)
    reviewer = make_member(project, role=Role.REVIEWER)
    rank(project, [1, 2, 3])
    rank(project, [3, 2, 1])  # every pair is disputed
    lead, other, last = completion_set.comparisons.order_by("is_derived", "pk")
    adjudicate(reviewer=reviewer, comparison_id=lead.public_id, verdict="tie")

    assert set_wanted(wanted=3, project=project) == 0
    assert_whole(completion_set)
    states = completion_set.comparisons.order_by("is_derived", "pk").values_list("state", "wanted")
    assert list(states) == [("adjudicated", 2), ("adjudication", 2), ("adjudication", 2)]
    adjudicate(reviewer=reviewer, comparison_id=other.public_id, verdict="first")
    # as it may stand from before: open, though nobody can be asked
    completion_set.comparisons.update(wanted=3)
    Comparison.objects.filter(pk=last.pk).update(state=ComparisonState.OPEN)
    adjudicate(reviewer=reviewer, comparison_id=last.public_id, verdict="first")


def test_wanting_fewer_leaves_sets_alone_that_are_still_read_out_of_a_file():
    project = make_ranked_project(overlap=3)
    begun = make_set(project, 3)
    begun.members.all().delete()
    begun.comparisons.update(is_derived=True, n_counted=3, n_tie=3)
    plain = make_comparison(project)
    assert set_wanted(wanted=1, project=project) == 1
    plain.refresh_from_db()
    assert plain.wanted == 1
    assert set(begun.comparisons.values_list("wanted", flat=True)) == {3}


def test_a_priority_of_any_pair_moves_the_set():
    project = make_ranked_project()
    make_set(project, 3)
    urgent = make_set(project, 3)
    derived = urgent.comparisons.filter(is_derived=True).first()
    assert set_priorities(project=project, priorities={derived.public_id: -5}) == 1
    lease = hold(make_member(project), project).current
    assert lease.comparison.completion_set == urgent


def test_erasure_withdraws_rankings_whole():
    project = make_ranked_project()
    completion_set = make_set(project, 3)
    annotator, _recorded = rank(project, [1, 2, 3])
    assert withdraw_all(annotator=annotator) == 1
    assert_whole(completion_set)
    assert Ranking.objects.get().withdrawn_at is not None
