"""A ranking is one thing: stored, counted, withdrawn and promoted with all that it implies."""

import pytest
from django.db import IntegrityError, transaction

from annotate.comparisons.locks import lock_comparisons
from annotate.errors import (
    AlreadyJudged,
    InvalidInput,
    KeyReused,
    NotAsked,
    PartMissing,
    VerdictNotOffered,
)
from annotate.judging.answers import Answer
from annotate.judging.protocols.versions import add_version
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.screen_order import as_shown
from annotate.models import (
    Comparison,
    Judgement,
    LeaseState,
    Preference,
    Ranking,
    RankingPlace,
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
