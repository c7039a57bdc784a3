import pytest

from alignment_core.agreement import JudgementTable, measure_position, wilson_interval
from alignment_core.agreement.reading import read_position


def _table(left_chosen, annotator):
    n = len(left_chosen)
    return JudgementTable.from_arrays(range(n), annotator, ["a"] * n, left_chosen=left_chosen)


def test_share_of_left_leaves_ties_out_in_all_and_by_annotator():
    sides = [True, True, False, None, True, None]
    bias = measure_position(_table(sides, ["ann", "ann", "ann", "ann", "bob", "cat"]))
    assert bias.everybody.value == pytest.approx(3 / 4)
    assert (bias.everybody.n_judgements, bias.everybody.n_comparisons) == (4, 4)
    assert (bias.everybody.low, bias.everybody.high) == wilson_interval(3, 4)
    by_annotator = dict(bias.annotators)
    assert by_annotator["ann"].value == pytest.approx(2 / 3)
    assert by_annotator["bob"].value == 1
    assert (by_annotator["cat"].value, by_annotator["cat"].undefined) == (None, "sides_unknown")


def test_comparisons_are_counted_once_however_many_judged_them():
    table = JudgementTable.from_arrays(
        [1, 1, 2], ["ann", "bob", "ann"], ["a", "b", "a"], left_chosen=[True, False, True]
    )
    everybody = measure_position(table).everybody
    assert (everybody.n_comparisons, everybody.n_judgements) == (2, 3)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (JudgementTable.from_counts([[1, 1]]), "sides_unknown"),
        (JudgementTable.from_arrays([1], ["ann"], ["a"]), "sides_unknown"),
        (JudgementTable.from_arrays([], [], []), "no_judgements"),
        (JudgementTable.from_arrays([], [], [], left_chosen=[]), "no_judgements"),
    ],
)
def test_without_recorded_sides_the_share_is_undefined(table, reason):
    everybody = measure_position(table).everybody
    assert (everybody.value, everybody.low, everybody.undefined) == (None, None, reason)
    assert read_position(everybody) is None


@pytest.mark.parametrize(
    ("n_left", "key"), [(50, "position_even"), (75, "position_left"), (25, "position_right")]
)
def test_a_side_is_preferred_only_where_the_interval_leaves_out_one_half(n_left, key):
    table = _table([True] * n_left + [False] * (100 - n_left), ["ann"] * 100)
    assert read_position(measure_position(table).everybody).key == key
