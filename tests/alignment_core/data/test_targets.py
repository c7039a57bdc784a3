import pytest

from alignment_core.configs.votes import VoteRule
from alignment_core.data.records import VerdictCounts
from alignment_core.data.targets import (
    PairTarget,
    agreement_weights,
    cohort_targets,
    fitted_tie_parameter,
    pair_target,
)
from tests.alignment_core.small_runs import make_record


def target(*, soft_labels=True, vote_prior=0.5, keeps_ties=True, keeps_both_bad=False, **fields):
    rule = VoteRule(
        soft_labels=soft_labels,
        vote_prior=vote_prior,
        keeps_ties=keeps_ties,
        keeps_both_bad=keeps_both_bad,
    )
    return pair_target(make_record(**fields), rule)


def test_votes_become_a_share_with_the_prior_on_each_side():
    votes = VerdictCounts(chosen=3, rejected=1, tie=1, both_bad=2)
    # (3 + ½ + ½) / (5 + 1): votes that both are bad compare nothing
    assert target(verdicts=votes).p_chosen == pytest.approx(4 / 6)
    assert target(verdicts=votes, vote_prior=0.0).p_chosen == pytest.approx(3.5 / 5)


def test_votes_become_shares_of_win_loss_and_tie():
    shares = target(verdicts=VerdictCounts(chosen=3, rejected=1, tie=1))
    assert (shares.win, shares.loss, shares.tie) == pytest.approx((3.5 / 6, 1.5 / 6, 1 / 6))


def test_a_tie_is_one_half_and_is_used_only_where_ties_are_kept():
    votes = VerdictCounts(tie=3)
    for soft_labels in (True, False):
        kept = target(outcome="tie", verdicts=votes, soft_labels=soft_labels)
        assert (kept.p_chosen, kept.is_decided) == (0.5, False)
        options = {"soft_labels": soft_labels, "keeps_ties": False}
        assert target(outcome="tie", verdicts=votes, **options) is None


def test_a_tie_with_uneven_votes_is_nobodys_win():
    kept = target(outcome="tie", verdicts=VerdictCounts(rejected=1, tie=2), vote_prior=0.0)
    assert kept.p_chosen == pytest.approx(1 / 3)
    assert not kept.is_decided


def test_both_bad_is_used_only_where_it_is_asked_for():
    assert target(outcome="both_bad") is None
    assert target(outcome="both_bad", keeps_both_bad=True).p_chosen == 0.5


def test_without_soft_labels_a_preference_is_certain():
    votes = VerdictCounts(chosen=2, rejected=1)
    assert target(soft_labels=False, verdicts=votes).p_chosen == 1.0


def test_an_outcome_without_votes_counts_as_one_vote():
    assert target(verdicts=VerdictCounts()).p_chosen == pytest.approx(1.5 / 2)
    alone = {"verdicts": VerdictCounts(), "chosen": "", "outcome": "undesirable"}
    assert target(**alone).p_chosen == pytest.approx(0.5 / 2)
    assert target(**alone, vote_prior=0.0).p_chosen == 0.0


def test_an_adjudication_is_certain_whatever_the_votes():
    votes = VerdictCounts(chosen=1, rejected=2)
    assert target(resolved_by="adjudication", verdicts=votes).p_chosen == 1.0


def test_weights_by_agreement_have_a_mean_of_1():
    records = [
        make_record(0, verdicts=VerdictCounts(chosen=4)),
        make_record(1, verdicts=VerdictCounts(chosen=3, rejected=1)),
        make_record(2, verdicts=VerdictCounts(chosen=1, rejected=1)),
    ]
    # |2p - 1| = 1, ½ and 0, so the sum is 1.5 and the weights are 2, 1 and 0
    assert agreement_weights(records, vote_prior=0.0, power=1.0) == pytest.approx([2, 1, 0])
    # squared: 1, ¼ and 0, with a sum of 1.25
    assert agreement_weights(records, vote_prior=0.0, power=2.0) == pytest.approx([2.4, 0.6, 0])
    with pytest.raises(ValueError, match="evenly split"):
        agreement_weights(records[2:], vote_prior=0.0, power=1.0)


def test_the_parameter_of_ties_is_that_of_the_share_of_ties():
    targets = [PairTarget(win=0.5, loss=0.0, tie=0.5), PairTarget(win=1.0, loss=0.0, tie=0.0)]
    # a share of ¼: ν = ¼ / ¾ for Davidson, (5/4) / (3/4) for Rao and Kupper
    assert fitted_tie_parameter(targets, model="davidson") == pytest.approx(1 / 3)
    assert fitted_tie_parameter(targets, model="rao_kupper") == pytest.approx(5 / 3)
    with pytest.raises(ValueError, match="share of ties is 0"):
        fitted_tie_parameter(targets[1:], model="davidson")


def test_each_cohort_has_a_target_and_its_share_of_the_votes():
    record = make_record(
        verdicts=VerdictCounts(chosen=3, rejected=1),
        strength=1.5,
        verdicts_by_cohort={
            "a": VerdictCounts(chosen=3),
            "b": VerdictCounts(rejected=1),
            "c": VerdictCounts(both_bad=1),
        },
    )
    targets = cohort_targets(record, vote_prior=0.5)
    assert set(targets) == {"a", "b"}
    assert targets["a"][0].p_chosen == pytest.approx(3.5 / 4)
    assert targets["b"][0].p_chosen == pytest.approx(0.5 / 2)
    assert (targets["a"][1], targets["b"][1]) == (0.75, 0.25)
    assert (targets["a"][0].strength, targets["b"][0].strength) == (1.5, 0.0)
    assert cohort_targets(make_record(resolved_by="adjudication"), vote_prior=0.5) == {}


def test_what_people_rightly_differ_on_aims_at_its_shares_whatever_the_run_does():
    votes = VerdictCounts(chosen=2, rejected=1, tie=1)
    shares = target(verdicts=votes, resolved_by="triage", soft_labels=False, vote_prior=0.0)
    assert (shares.win, shares.loss, shares.tie) == (0.5, 0.25, 0.25)
