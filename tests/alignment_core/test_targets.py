import pytest

from alignment_core.records import VerdictCounts
from alignment_core.targets import preference_target
from tests.alignment_core.small_runs import make_record


def target(*, soft_labels=True, vote_prior=0.5, **fields):
    return preference_target(make_record(**fields), soft_labels=soft_labels, vote_prior=vote_prior)


def test_votes_become_a_share_with_the_prior_on_each_side():
    votes = VerdictCounts(chosen=3, rejected=1, tie=1, both_bad=2)
    # (3 + ½ + ½) / (5 + 1): votes that both are bad compare nothing
    assert target(verdicts=votes) == pytest.approx(4 / 6)
    assert target(verdicts=votes, vote_prior=0.0) == pytest.approx(3.5 / 5)


def test_a_tie_is_one_half_with_soft_labels_and_unusable_without():
    votes = VerdictCounts(tie=3)
    assert target(outcome="tie", verdicts=votes) == 0.5
    assert target(outcome="tie", verdicts=votes, soft_labels=False) is None


def test_both_bad_is_never_used():
    assert target(outcome="both_bad") is None
    assert target(outcome="both_bad", soft_labels=False) is None


def test_without_soft_labels_a_preference_is_certain():
    assert target(soft_labels=False, verdicts=VerdictCounts(chosen=2, rejected=1)) == 1.0


def test_an_outcome_without_votes_counts_as_one_vote():
    assert target(verdicts=VerdictCounts()) == pytest.approx(1.5 / 2)


def test_an_adjudication_is_certain_whatever_the_votes():
    votes = VerdictCounts(chosen=1, rejected=2)
    assert target(resolved_by="adjudication", verdicts=votes) == 1.0
