"""A ranking is one thing: stored, counted, withdrawn and promoted with all that it implies."""

import pytest
from django.db import IntegrityError, transaction

from annotate.comparisons.locks import lock_comparisons
from annotate.errors import (
    AlreadyJudged,
    InvalidInput,
    KeyReused,
    NotAdjudicable,
    NotAsked,
    NothingToUndo,
    PartMissing,
    VerdictNotOffered,
)
from annotate.judging.adjudication import adjudicate
from annotate.judging.answers import Answer
from annotate.judging.exposures import record_exposure
from annotate.judging.priorities import set_priorities, set_wanted
from annotate.judging.protocols.versions import add_version
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.screen_order import as_shown
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
    RankingPlace,
    Role,
    SetMember,
)
from tests.factories import (
    hold,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_set,
    ranking_asked,
    send_judgement,
    send_ranking,
)

pytestmark = pytest.mark.django_db

BY_PAIR = ("comparison__first__public_id", "comparison__second__public_id")


def make_ranked_project(**fields):
    return make_project(**{"asks": ranking_asked(), "overlap": 1, **fields})


def rank(project, ranks, **fields):
    """A new member ranks what they are given."""
    annotator = make_member(project)
    lease = hold(annotator, project).current
    return annotator, send_ranking(annotator, lease, ranks, **fields)


def send(annotator, lease, ranks):
    """Ranks as they stand on the screen."""
    return judge_and_hold_next(
        annotator=annotator,
        project=lease.project,
        lease_id=lease.public_id,
        answer=Answer(ranks=ranks),
        key="one",
        n_next=0,
    ).recorded


def verdicts(**conditions) -> list[str]:
    """In the order of the pairs (1, 2), (1, 3), (2, 3) … of completions by their public ids."""
    rows = Judgement.objects.filter(**conditions).order_by(*BY_PAIR)
    return list(rows.values_list("verdict", flat=True))


def assert_whole(completion_set) -> None:
    """All comparisons of a set count the same rankings, and only one of them is handed out."""
    comparisons = list(completion_set.comparisons.all())
    for name in ("n_counted", "wanted", "n_skips"):
        assert len({getattr(one, name) for one in comparisons}) == 1
    for one in comparisons:
        live = one.judgements.filter(withdrawn_at=None, is_counted=True)
        assert one.n_counted == live.count()
        assert not (one.is_derived and one.n_leased)
    for ranking in completion_set.rankings.all():
        of_it = ranking.judgements.all()
        assert len(of_it) == len(comparisons)
        assert len({one.is_counted for one in of_it}) == 1
        assert {one.withdrawn_at is None for one in of_it} == {ranking.withdrawn_at is None}


def test_an_order_with_a_tie_implies_a_verdict_for_each_pair():
    project = make_ranked_project(asks=ranking_asked(note={}))
    completion_set = make_set(project, 4)

    annotator, _recorded = rank(project, [2, 1, 2, 4], note="Why", seconds=12.5)

    # pairs 12 13 14 23 24 34: 1 against 2 loses, ties 3, beats 4; 2 beats 3 and 4; 3 beats 4
    assert verdicts() == ["second", "tie", "first", "first", "first", "first"]
    ranking = Ranking.objects.get()
    stands = ranking.judgements.get(is_derived=False)
    assert (ranking.annotator, stands.note, stands.seconds) == (annotator, "Why", 12.5)
    assert set(ranking.judgements.filter(is_derived=True).values_list("note", "seconds")) == {
        ("", None)
    }
    ranks = {place.member.completion.public_id: place.rank for place in ranking.places.all()}
    assert [ranks[key] for key in sorted(ranks)] == [2, 1, 2, 3]  # without the gap
    outcomes = Preference.objects.filter(superseded_at=None).values_list("outcome", flat=True)
    assert sorted(outcomes) == ["preference"] * 5 + ["tie"]
    assert_whole(completion_set)


def test_only_one_comparison_of_a_set_is_handed_out_and_once_to_each():
    project = make_ranked_project(overlap=2)
    make_set(project, 5)
    annotator, _recorded = rank(project, [1, 2, 3, 4, 5])
    assert hold(annotator, project).current is None
    assert hold(make_member(project), project, ahead=True).ahead is None


def test_the_order_on_screen_is_drawn_kept_and_stored():
    project = make_ranked_project(overlap=50)
    make_set(project, 3)
    orders = set()
    for _person in range(50):
        annotator = make_member(project)
        lease = hold(annotator, project).current
        assert hold(annotator, project).current.screen_order == lease.screen_order
        orders.add(tuple(lease.screen_order))
        send_ranking(annotator, lease, [1, 2, 3])
        places = Ranking.objects.get(annotator=annotator).places.order_by("shown_at")
        assert [place.member for place in places] == as_shown(lease)
        seen = [place.member.completion_id for place in places]
        for judgement in Judgement.objects.filter(annotator=annotator):
            pair = judgement.comparison
            is_before = seen.index(pair.first_id) < seen.index(pair.second_id)
            assert judgement.first_was_left == is_before
    assert len(orders) >= 5  # two missing of six have odds below 15 x (4/6)^50, one in 40 million


@pytest.mark.parametrize(
    ("ranks", "error"),
    [
        (None, PartMissing),
        ([1, 2], InvalidInput),
        ([1, 2, 3, 4], InvalidInput),
        ([0, 1, 2], InvalidInput),
        ([1, 2, 4], InvalidInput),
        ([1, 2, True], InvalidInput),
        ([1.0, 2, 3], InvalidInput),
        ("123", InvalidInput),
    ],
)
def test_an_order_that_is_none_stores_nothing(ranks, error):
    project = make_ranked_project()
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    with pytest.raises(error) as caught:
        send(annotator, lease, ranks)
    assert caught.value.field.startswith("ranks")
    lease.refresh_from_db()
    assert lease.state == LeaseState.LIVE
    assert not Judgement.objects.exists()
    assert not Ranking.objects.exists()


def test_ties_are_refused_where_they_are_not_offered():
    project = make_ranked_project(asks={"verdicts": ["first", "second"], "ranking": {}})
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    with pytest.raises(VerdictNotOffered):
        send_ranking(annotator, lease, [1, 1, 2])
    send_ranking(annotator, lease, [1, 3, 2])
    assert verdicts() == ["first", "first", "second"]


def test_what_is_asked_beside_is_checked_and_the_rest_refused():
    reasons = {"choices": ["Clearer", "Safer"], "required": True}
    project = make_ranked_project(asks=ranking_asked(reasons=reasons))
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    with pytest.raises(PartMissing):
        send_ranking(annotator, lease, [1, 2, 3])
    with pytest.raises(NotAsked):
        send_ranking(annotator, lease, [1, 2, 3], reasons=["Safer"], strength=3)
    with pytest.raises(NotAsked):
        send_ranking(annotator, lease, [1, 2, 3], reasons=["Safer"], side="left")
    send_ranking(annotator, lease, [1, 2, 3], reasons=["Safer"])
    assert Judgement.objects.get(is_derived=False).reasons == ["Safer"]


def test_the_same_key_again_is_one_ranking_and_another_body_is_refused():
    project = make_ranked_project()
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    first = send_ranking(annotator, lease, [1, 2, 3], key="k")
    again = send_ranking(annotator, lease, [1, 2, 3], key="k")
    assert again.is_replay
    assert again.judgement == first.judgement
    for other in ([3, 2, 1], [1, 3, 2], [2, 1, 3]):  # some say the same of the pair that stands
        with pytest.raises(KeyReused):
            send_ranking(annotator, lease, other, key="k")
    with pytest.raises(AlreadyJudged):
        send_ranking(annotator, lease, [1, 2, 3], key="other")
    assert Ranking.objects.count() == 1


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


@pytest.mark.parametrize(
    ("ranks", "side"), [((1, 2), "left"), ((2, 1), "right"), ((1, 1), "tie"), ((2, 2), "tie")]
)
def test_two_answers_are_ranked_as_an_ordinary_judgement(ranks, side):
    project = make_ranked_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    left, right = ("first", "second") if lease.first_is_left else ("second", "first")
    recorded = send(annotator, lease, ranks)
    assert recorded.judgement.verdict == {"left": left, "right": right, "tie": "tie"}[side]
    assert not Ranking.objects.exists()


def test_two_answers_cannot_be_judged_by_a_verdict_where_an_order_is_asked():
    project = make_ranked_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    with pytest.raises(PartMissing):
        send_judgement(annotator, lease, "first")


def test_a_project_with_sets_keeps_asking_for_rankings():
    project = make_ranked_project()
    make_set(project, 3)
    with pytest.raises(InvalidInput):
        add_version(project, {"verdicts": ["first", "second"]})


@pytest.mark.parametrize(
    "extra",
    [
        {"strength": {"scale": "four"}},
        {"edit": {}},
        {"criteria": {"names": ["x"]}},
        {"acceptability": {}},
        {"verdicts": ["first", "second", "both_bad"]},
    ],
)
def test_a_ranking_is_not_asked_beside_what_two_answers_have(extra):
    with pytest.raises(InvalidInput):
        make_project(asks=ranking_asked(**extra))


def test_the_database_keeps_the_rules():
    project = make_ranked_project(overlap=2)
    completion_set = make_set(project, 3)
    annotator, recorded = rank(project, [1, 2, 3])
    ranking = Ranking.objects.get()
    member = SetMember.objects.filter(completion_set=completion_set).first()
    completion = make_completion(completion_set.prompt)
    comparison = make_comparison(project)
    places = RankingPlace.objects.filter(ranking=ranking)
    broken = [
        lambda: Ranking.objects.create(completion_set=completion_set, annotator=annotator),
        lambda: RankingPlace.objects.create(ranking=ranking, member=member, rank=1),
        lambda: places.update(rank=0),
        lambda: places.update(rank=10),
        lambda: places.update(shown_at=1),
        lambda: SetMember.objects.create(
            completion_set=completion_set, completion=completion, number=member.number
        ),
        lambda: SetMember.objects.create(
            completion_set=completion_set, completion=member.completion, number=5
        ),
        lambda: completion_set.comparisons.update(is_derived=False),
        lambda: Comparison.objects.filter(pk=comparison.pk).update(is_derived=True),
        lambda: ranking.judgements.update(is_derived=False),
        lambda: Judgement.objects.filter(pk=recorded.judgement.pk).update(
            ranking=None, is_derived=True
        ),
    ]
    for number, write in enumerate(broken):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
            pytest.fail(f"write {number} was allowed")


def test_a_set_is_locked_whole():
    project = make_ranked_project()
    completion_set = make_set(project, 4)
    one = completion_set.comparisons.last()
    with transaction.atomic():
        locked = lock_comparisons([one.pk])
    assert len(locked) == 6
    assert len(locked[one.pk].mates) == 6
