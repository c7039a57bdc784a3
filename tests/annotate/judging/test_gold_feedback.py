"""Who is told what was expected of gold, when, and what they cannot do any more then."""

import pytest

from annotate.agreement.own_gold import GoldShare, share_as_expected
from annotate.errors import NotJudgeable
from annotate.judging.exposures import record_exposure
from annotate.judging.gold_feedback import expected_side, told_after, told_judgements
from annotate.judging.leases import lease_next
from annotate.judging.undo import undo_action
from annotate.models import Annotator, Comparison, Exposure, Judgement, Project, Verdict
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
    make_set,
    ranking_asked,
    send_judgement,
    send_ranking,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(shows_gold=True)


@pytest.fixture
def annotator(project) -> Annotator:
    return make_member(project)


def judged_gold(annotator, project, said=Verdict.FIRST, gold=Verdict.FIRST) -> Judgement:
    comparison = make_comparison(project, gold_verdict=gold)
    lease = hold(annotator, project).current
    assert lease.comparison == comparison
    return judge(annotator, lease, said)


def test_nothing_is_told_before_it_is_judged(annotator, project):
    make_comparison(project, gold_verdict=Verdict.FIRST)
    hold(annotator, project)
    assert not told_judgements(annotator, project).exists()
    assert not Exposure.objects.exists()


def test_what_was_told_of_stands(annotator, project):
    judgement = judged_gold(annotator, project)
    assert told_after(judgement, project=project) == judgement
    assert Exposure.objects.get().is_to_gold
    with pytest.raises(NotJudgeable, match="You were told what was expected here"):
        undo_action(annotator=annotator, project=project)
    judgement.refresh_from_db()
    assert judgement.withdrawn_at is None
    assert hold(annotator, project).current is None


def test_a_second_answer_to_what_was_told_of_is_refused_in_its_own_words(annotator, project):
    judgement = judged_gold(annotator, project, Verdict.SECOND)
    told_after(judgement, project=project)
    with pytest.raises(NotJudgeable, match="You were told what was expected here"):
        judge(annotator, judgement.lease, Verdict.FIRST)


def test_the_same_request_sent_twice_is_told_twice(annotator, project):
    make_comparison(project, gold_verdict=Verdict.TIE)
    lease = hold(annotator, project).current
    for is_replay in (False, True):
        sent = send_judgement(annotator, lease, Verdict.FIRST, key="k")
        assert sent.is_replay == is_replay
        assert told_after(sent.judgement, project=project) == sent.judgement
    assert Exposure.objects.count() == 1


def test_what_was_taken_back_meanwhile_is_not_told(annotator, project):
    judgement = judged_gold(annotator, project)
    undo_action(annotator=annotator, project=project)
    assert told_after(judgement, project=project) is None
    assert not told_judgements(annotator, project).exists()
    assert not Exposure.objects.exists()


def test_a_project_that_does_not_show_it_tells_nothing_and_lets_take_back(annotator, project):
    judgement = judged_gold(annotator, project)
    project.shows_gold = False
    assert told_after(judgement, project=project) is None
    assert not told_judgements(annotator, project).exists()
    assert not Exposure.objects.exists()
    undo_action(annotator=annotator, project=project)


def test_comparisons_without_gold_and_judgements_of_others_are_not_told(annotator, project):
    judged_gold(make_member(project), project)
    plain = judge_comparison(make_comparison(project), Verdict.FIRST)[0]
    assert told_after(plain, project=project) is None
    assert not told_judgements(plain.annotator, project).exists()
    assert not told_judgements(annotator, project).exists()


def test_the_history_tells_all_that_stand_and_each_then_stays(annotator, project):
    told = [judged_gold(annotator, project) for _number in range(3)]
    assert list(told_judgements(annotator, project).order_by("pk")) == told
    assert Exposure.objects.filter(is_to_gold=True).count() == 3
    for judgement in told:
        with pytest.raises(NotJudgeable):
            undo_action(annotator=annotator, project=project, action_id=judgement.public_id)


def test_who_saw_the_votes_before_is_told_too(annotator, project):
    judgement = judged_gold(annotator, project)
    record_exposure(annotator=annotator, comparison=judgement.comparison)
    assert list(told_judgements(annotator, project)) == [judgement]
    assert not Exposure.objects.get().is_to_gold
    with pytest.raises(NotJudgeable, match="You have seen what others said"):
        undo_action(annotator=annotator, project=project)


def test_who_has_left_the_project_reads_their_history_all_the_same(annotator, project):
    judgement = judged_gold(annotator, project)
    annotator.memberships.all().delete()
    assert list(told_judgements(annotator, project)) == [judgement]


def test_an_imported_vote_has_no_sides_to_be_told_by(annotator, project):
    comparison = make_comparison(project, gold_verdict=Verdict.FIRST)
    Judgement.objects.create(
        project=project, comparison=comparison, annotator=annotator, verdict="first", key="k"
    )
    assert not told_judgements(annotator, project).exists()


def test_rankings_are_not_told():
    project = make_project(shows_gold=True, asks=ranking_asked())
    annotator = make_member(project)
    make_set(project, gold_verdict=Verdict.FIRST)
    sent = send_ranking(
        annotator, lease_next(annotator=annotator, project=project).current, [1, 2, 3]
    )
    assert Comparison.objects.exclude(gold_verdict="").count() == 3
    assert told_after(sent.judgement, project=project) is None
    assert not told_judgements(annotator, project).exists()
    assert not Exposure.objects.exists()


@pytest.mark.parametrize(
    ("gold", "first_was_left", "side"),
    [
        ("first", True, "left"),
        ("first", False, "right"),
        ("second", True, "right"),
        ("second", False, "left"),
        ("tie", False, "tie"),
        ("both_bad", True, "both_bad"),
    ],
)
def test_it_is_told_by_the_sides_that_were_seen(gold, first_was_left, side):
    judgement = Judgement(first_was_left=first_was_left, comparison=Comparison(gold_verdict=gold))
    assert expected_side(judgement) == side


def test_the_share_has_wilsons_interval(annotator, project):
    for said in (Verdict.FIRST, Verdict.FIRST, Verdict.TIE, Verdict.FIRST):
        judged_gold(annotator, project, said)
    told = share_as_expected(told_judgements(annotator, project))
    assert (told.n, told.n_as_expected, told.share, told.level) == (4, 3, 0.75, 0.95)
    # (3 + 1.9207) / 7.8415 ± sqrt(3.8415 * (3/4 + 3.8415/4)) / 7.8415
    assert (told.low, told.high) == pytest.approx((0.30064, 0.95442), abs=1e-5)


def test_of_none_there_is_no_share(annotator, project):
    assert share_as_expected(told_judgements(annotator, project)) == GoldShare(0, 0)
