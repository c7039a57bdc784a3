"""Odd values beside a table, in every public function that takes any: refused by name and place."""

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    Matches,
    clustered_median,
    measure_alpha,
    measure_between,
    measure_conger,
    measure_each_between,
    measure_repeats,
    measure_weighted,
    merge_tables,
    plan_agreement,
    repeated_verdicts,
)
from tests.alignment_core.agreement.odd_values import MISSING, table_of


@pytest.mark.parametrize("value", MISSING)
def test_groups_and_annotators_that_are_missing_are_refused(value):
    table = table_of()
    with pytest.raises(ValueError, match=r"second\[1\] is .*a key cannot be missing"):
        measure_between(table, ["ann"], ["bob", value])
    with pytest.raises(ValueError, match=r"second\[1\] is .*a key cannot be missing"):
        measure_each_between(table, [(["ann"], ["bob", value])])
    for measure in (measure_repeats, repeated_verdicts):
        with pytest.raises(ValueError, match=r"annotators\[0\] is .*a key cannot be missing"):
            measure(table, annotators=[value])


def test_groups_of_another_kind_than_the_annotators_are_refused_not_matched():
    numbers = table_of(annotator=[1, 1, 2, 2])
    for group in (["2"], [True], [b"2"]):
        with pytest.raises(ValueError, match="the table's keys and second are numbers and"):
            measure_between(numbers, [1], group)
    with pytest.raises(ValueError, match="first is 'ann': a list of keys is wanted"):
        measure_between(table_of(), "ann", ["bob"])
    with pytest.raises(ValueError, match="numbers and text"):
        measure_repeats(numbers, annotators=["1"])
    with pytest.raises(ValueError, match="annotators is 'ann': a list of keys is wanted"):
        measure_repeats(table_of(), annotators="ann")
    chosen = measure_between(numbers, np.array([1]), {np.int64(2), 7}, n_resamples=9)
    assert chosen["percent_agreement"].value == 0.5


def test_tables_with_keys_of_different_kinds_do_not_merge():
    first, second = table_of(), table_of(annotator=["cat", "cat", "dan", "dan"])
    with pytest.raises(ValueError, match="keys of comparison are numbers and text"):
        merge_tables(first, table_of(comparison=["1", "2", "1", "2"]))
    with pytest.raises(ValueError, match="keys of annotator are text and numbers"):
        merge_tables(first, table_of(comparison=[3, 4, 3, 4], annotator=[1, 1, 2, 2]))
    prompted = table_of(prompt=["p", "q", "p", "q"])
    with pytest.raises(ValueError, match="keys of prompt are text and numbers"):
        merge_tables(prompted, table_of(comparison=[3, 4, 3, 4], prompt=[1, 2, 1, 2]))
    counts = JudgementTable.from_counts([[1, 2]], comparison=[2**64 - 1])
    far = merge_tables(counts, JudgementTable.from_counts([[1, 2]], comparison=[-1]))
    assert far.comparisons.tolist() == [-1, 2**64 - 1]  # numpy alone would make floats of them
    assert merge_tables(first, second).annotators.tolist() == ["ann", "bob", "cat", "dan"]
    odd = table_of(category=["a", "a\0", "a", "b"])
    assert merge_tables(odd, second).counts.tolist() == [[4, 0, 0], [1, 1, 2]]


@pytest.mark.parametrize("value", MISSING)
def test_matches_refuse_what_is_missing_with_its_place(value):
    for name, columns in {
        "first": [["x", value], ["y", "x"], [1, 0]],
        "second": [["x", "y"], ["y", value], [1, 0]],
        "score": [["x", "y"], ["y", "x"], [1, value]],
    }.items():
        with pytest.raises(ValueError, match=rf"{name}\[1\] is"):
            Matches.from_arrays(*columns)
    for name in ("prompt", "covariate"):
        with pytest.raises(ValueError, match=rf"{name}\[1\] is"):
            Matches.from_arrays(["x", "y"], ["y", "x"], [1, 0], **{name: [1, value]})


def test_matches_refuse_models_of_two_kinds():
    with pytest.raises(ValueError, match="numbers and text"):
        Matches.from_arrays([1, 2], ["1", "3"], [1, 0])
    with pytest.raises(ValueError, match=r"score\[0\] is '1', not a number"):
        Matches.from_arrays([1, 2], [2, 1], ["1", "0"])
    huge = Matches.from_arrays([2**63, -1], [-1, 2**63], [1, 1])
    assert huge.models.tolist() == [-1, 2**63]


@pytest.mark.parametrize("value", MISSING)
def test_weights_values_and_prevalence_refuse_what_is_missing(value):
    table = table_of()
    with pytest.raises(ValueError, match="symmetric"):
        measure_weighted(table, [[1, value], [value, 1]])
    with pytest.raises(ValueError, match="finite values"):
        measure_weighted(table, "linear", values=[0, value])
    with pytest.raises(ValueError, match="finite values"):
        measure_alpha(table, "interval", values=[0, value])
    with pytest.raises(ValueError, match="symmetric"):
        measure_conger(table, [[1, value], [value, 1]])
    with pytest.raises(ValueError, match="shares that add up to 1"):
        plan_agreement(prevalence=[1, value], error=0.1, n_annotators=2, n_comparisons=3)


@pytest.mark.parametrize("value", MISSING)
def test_a_median_refuses_what_is_missing_with_its_place(value):
    with pytest.raises(ValueError, match=r"values\[1\] is .*not a finite number"):
        clustered_median([1.0, value], ["ann", "bob"])
    with pytest.raises(ValueError, match=r"clusters\[1\] is .*a key cannot be missing"):
        clustered_median([1.0, 2.0], ["ann", value])
