import pytest
import torch

from alignment_core.configs.votes import VoteRule
from alignment_core.data.preparation import prepare_records
from alignment_core.data.records import VerdictCounts
from alignment_core.evaluation import (
    HeldOutResult,
    baselines,
    evaluation_report,
    held_out_summary,
    human_agreement,
)
from alignment_core.evaluation.metrics import Totals, independent_count, share_with_interval, wins
from tests.alignment_core.small_runs import make_record


def test_a_tie_is_not_wrong():
    assert wins(torch.tensor([1.0, -1.0, 0.0, 1e-6])).tolist() == [1.0, 0.0, 0.5, 0.5]


def test_a_share_has_wilsons_interval():
    figure = share_with_interval([1.0] * 8 + [0.0] * 2)
    # Wilson at 95 % for 8 of 10: 0.4902 to 0.9433
    assert (figure["value"], figure["n"]) == (0.8, 10)
    assert figure["low"] == pytest.approx(0.4902, abs=1e-4)
    assert figure["high"] == pytest.approx(0.9433, abs=1e-4)


def test_pairs_of_one_prompt_are_not_counted_as_independent():
    values = [1.0, 1, 1, 1, 0, 0, 1, 0]
    alone = share_with_interval(values, list(range(8)))
    assert alone == share_with_interval(values)
    # Four prompts of two. The residuals from .625 sum to .75, .75, -1.25 and -.25, so the robust
    # variance is (.5625 + .5625 + 1.5625 + .0625) / 64 × 4 / 3 = .05729, and .234375 over it is
    # 4.09 values; the t of 3 degrees, 3.182 against 1.960, leaves 1.55.
    together = share_with_interval(values, ["a", "a", "b", "b", "c", "c", "d", "d"])
    assert independent_count(values, ["a", "a", "b", "b", "c", "c", "d", "d"]) == pytest.approx(
        4.0909 * (1.95996 / 3.18245) ** 2, rel=1e-4
    )
    assert (together["value"], together["n"]) == (0.625, 8)
    assert together["low"] < alone["low"] and together["high"] > alone["high"]
    assert together["method"] == "wilson over prompts"


def test_equal_values_of_a_prompt_count_once():
    tail = (1.95996 / 3.18245) ** 2
    assert independent_count([1.0] * 8, [0, 0, 1, 1, 2, 2, 3, 3]) == pytest.approx(4 * tail, 1e-4)
    assert independent_count([1.0, 0.0], [0, 0]) == 1.0


def test_a_share_of_nothing_says_why():
    assert share_with_interval([])["undefined"].startswith("because ")


def test_means_are_weighted_by_what_they_are_means_of():
    totals = Totals()
    totals.add_each("accuracy", torch.tensor([1.0, 1.0, 0.0]))
    totals.add_each("accuracy", torch.tensor([0.0]))
    totals.add("nothing", 0.0, 0.0)
    assert totals.means() == {"accuracy": 0.5}


def test_human_agreement_leaves_each_vote_out_in_turn():
    # 3 against 1: each of three meets 2 against 1 and agrees; the fourth meets 3 against 0
    record = make_record(verdicts=VerdictCounts(chosen=3, rejected=1))
    assert human_agreement([record])["value"] == pytest.approx(3 / 4)
    # 2 against 1: each of two meets an even split; the third meets 2 against 0
    record = make_record(verdicts=VerdictCounts(chosen=2, rejected=1))
    assert human_agreement([record])["value"] == pytest.approx(1 / 3)


def test_a_tie_takes_no_side():
    # each of two meets one on the same side and a tie: agrees; the tie counts one half
    record = make_record(verdicts=VerdictCounts(chosen=2, tie=1))
    assert human_agreement([record])["value"] == pytest.approx(2.5 / 3)
    # the one who took a side meets ties alone
    record = make_record(verdicts=VerdictCounts(chosen=1, tie=2))
    assert human_agreement([record])["value"] == pytest.approx(0.5)


def test_human_agreement_needs_two_votes_on_a_comparison():
    figure = human_agreement([make_record(verdicts=VerdictCounts(chosen=1, both_bad=2))])
    assert figure == {"undefined": "because no held-out comparison has two or more votes"}


def test_the_report_counts_ties_apart_and_splits_by_length(encoder):
    records = [
        make_record(0),  # chosen is longer
        make_record(1),
        make_record(2, chosen="No.", rejected="I do not know at all."),
        make_record(3, outcome="tie"),
    ]
    held_out = prepare_records(
        records,
        encoder,
        sides=("chosen", "rejected"),
        max_length=96,
        rule=VoteRule(soft_labels=True, keeps_ties=True),
    )
    margins = torch.tensor([2.0, 0.0, -1.0, 5.0], dtype=torch.float64)
    report = evaluation_report(HeldOutResult(margins=margins, scored_by="reward"), held_out)
    assert report["accuracy"]["value"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert report["ties"] == 1
    assert report["n_without_preference"] == 1
    assert report["accuracy_by_length"]["chosen_longer"]["value"] == 0.75
    assert report["accuracy_by_length"]["chosen_not_longer"]["value"] == 0.0
    assert baselines(held_out.records)["longer_wins"]["value"] == pytest.approx(2 / 3)


def test_margins_that_are_no_numbers_are_not_counted_as_wrong(encoder):
    held_out = prepare_records(
        [make_record(0), make_record(1)], encoder, sides=("chosen", "rejected"), max_length=96
    )
    margins = torch.tensor([1.0, float("nan")], dtype=torch.float64)
    report = evaluation_report(HeldOutResult(margins=margins, scored_by="reward"), held_out)
    assert report["accuracy"] == {
        "undefined": "because 1 of 2 held-out pairs have no number as their margin"
    }


def test_both_baselines_are_of_the_pairs_that_have_a_preference():
    tie = make_record(1, outcome="tie", verdicts=VerdictCounts(chosen=2, rejected=2))
    beside = baselines([make_record(0, verdicts=VerdictCounts(chosen=3)), tie])
    assert (beside["longer_wins"]["n"], beside["human_agreement"]["n"]) == (1, 1)
    assert beside["human_agreement"]["value"] == 1.0


def measured(encoder, records, *, max_length, margin=1.0):
    held_out = prepare_records(
        records, encoder, sides=("chosen", "rejected"), max_length=max_length
    )
    margins = torch.full((len(held_out),), margin, dtype=torch.float64)
    return held_out_summary(HeldOutResult(margins=margins, scored_by="reward"), held_out)


def test_pairs_are_known_again_where_others_were_dropped(encoder):
    long = make_record(3, chosen="It is red. " * 20)
    records = [make_record(0), make_record(1), long, make_record(4, outcome="tie")]
    short, whole = (measured(encoder, records, max_length=length) for length in (64, 400))
    assert (len(short["wins_by_pair"]), len(whole["wins_by_pair"])) == (2, 3)
    assert short["wins_by_pair"].keys() < whole["wins_by_pair"].keys()
    assert short["evaluation"]["left_out"] == {"over_length": 1}  # a tie is nobody's mistake
    assert whole["evaluation"]["left_out"] == {}
    assert short["evaluation"]["pairs"] != whole["evaluation"]["pairs"]
    again = measured(encoder, records[::-1], max_length=400, margin=-1.0)
    assert again["evaluation"]["pairs"] == whole["evaluation"]["pairs"]
    assert set(again["wins_by_pair"].values()) == {0.0}


def test_pairs_of_one_prompt_share_the_beginning_of_their_names(encoder):
    prompt = make_record(0).prompt
    records = [make_record(0), make_record(1, prompt=prompt), make_record(2)]
    names = [*measured(encoder, records, max_length=96)["wins_by_pair"]]
    assert len(set(names)) == 3
    assert names[0][:8] == names[1][:8] != names[2][:8]


def test_without_held_out_pairs_the_summary_says_so():
    assert held_out_summary(None, None)["wins_by_pair"] == {}
    assert "undefined" in held_out_summary(None, None)["evaluation"]["accuracy"]
