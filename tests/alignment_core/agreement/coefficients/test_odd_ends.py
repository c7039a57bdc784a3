"""Ends of intervals, pooled groups, and why no side was chosen."""

import pytest

from alignment_core.agreement import (
    JudgementTable,
    measure_between,
    measure_conger,
    measure_length,
    measure_position,
)


def test_the_interval_of_conger_ends_at_one():
    category = ["a", "a", "b", "b"] * 9 + ["a", "a", "b", "a"]
    comparison = [number // 2 for number in range(len(category))]
    table = JudgementTable.from_arrays(comparison, ["ann", "bob"] * 20, category)
    figure = measure_conger(table)
    assert figure.value == pytest.approx(0.9, abs=0.02)
    assert figure.low < figure.value < figure.high == 1.0


def test_pooled_groups_weigh_pairs_of_judgements_and_others_comparisons():
    # by hand: comparison 1 has one pair, which agrees; comparison 2 has three, one of which does
    table = JudgementTable.from_arrays(
        [1, 1, 2, 2, 2, 2], ["m", "x", "m", "x", "y", "z"], ["a", "a", "b", "b", "a", "a"]
    )
    settings = {"n_resamples": 20}
    by_comparison = measure_between(table, ["m"], ["x", "y", "z"], **settings)
    pooled = measure_between(table, ["m"], ["x", "y", "z"], is_pooled=True, **settings)
    assert by_comparison["percent_agreement"].value == pytest.approx((1 + 1 / 3) / 2)
    assert pooled["percent_agreement"].value == pytest.approx(2 / 4)
    assert pooled["percent_agreement"].n_pairs == 4
    assert sum(pooled["percent_agreement"].prevalence.values()) == pytest.approx(1)


def test_all_ties_is_a_reason_of_its_own():
    recorded = {"left_chosen": [None, None], "length_difference": [None, None]}
    ties = JudgementTable.from_arrays([1, 2], [1, 1], ["tie", "both_bad"], **recorded)
    chosen = JudgementTable.from_arrays([1, 2], [1, 1], ["tie", "first"], **recorded)
    for measure, unknown in ((measure_position, "sides"), (measure_length, "lengths")):
        assert measure(ties).everybody.undefined == "all_ties"
        assert measure(chosen).everybody.undefined == f"{unknown}_unknown"
