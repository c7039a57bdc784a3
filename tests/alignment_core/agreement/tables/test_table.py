import math
import uuid

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, measure_position, merge_tables
from alignment_core.agreement.tables import columns, text_keys
from alignment_core.agreement.tables.columns import encode_keys, stable_order
from alignment_core.agreement.tables.keys import encode_column

ROWS = [  # comparison, annotator, verdict, prompt, left_chosen, seconds
    (12, "ann", "first", "p", True, 3.0),
    (12, "bob", "second", "p", False, None),
    (10, "bob", "tie", "q", None, 5.0),
    (10, "ann", "first", "q", False, 4.5),
    (11, "cat", "second", "p", True, 0.0),
]


def _table(rows, **settings):
    comparison, annotator, category, prompt, left_chosen, seconds = zip(*rows, strict=True)
    return JudgementTable.from_arrays(
        comparison,
        annotator,
        category,
        prompt=prompt,
        left_chosen=left_chosen,
        seconds=seconds,
        **settings,
    )


def test_arrays_are_counted_by_comparison_and_category():
    table = _table(ROWS)
    assert table.categories == ("first", "second", "tie")
    assert table.comparisons.tolist() == [10, 11, 12]
    assert table.counts.tolist() == [[1, 0, 1], [0, 1, 0], [1, 1, 0]]
    assert table.prompts.tolist() == ["q", "p", "p"]
    assert table.annotators.tolist() == ["ann", "bob", "cat"]
    assert table.rows.left_chosen.tolist() == [0, -1, 1, 1, 0]
    assert [None if math.isnan(s) else s for s in table.rows.seconds] == [4.5, 5.0, 0.0, 3.0, None]


def test_text_in_the_other_byte_order_is_the_same_text():
    keys = np.array(["bob", "ann", "bob", "ωmega"])
    for order in "<>":
        table = JudgementTable.from_arrays(
            keys.astype(keys.dtype.newbyteorder(order)), [1, 1, 2, 1], ["a", "b", "b", "a"]
        )
        assert table.comparisons.tolist() == ["ann", "bob", "ωmega"]
        assert table.counts.tolist() == [[0, 1], [1, 1], [1, 0]]


def test_given_categories_fix_the_columns_even_where_unobserved():
    table = _table(ROWS, categories=["tie", "both_bad", "second", "first"])
    assert table.counts.sum(axis=0).tolist() == [1, 0, 2, 2]


def test_numbers_and_identifiers_serve_as_keys_and_categories():
    keys = [uuid.UUID(int=n) for n in (5, 3, 5)]
    table = JudgementTable.from_arrays(keys, [1, 1, 2], [0, 2, 2], categories=[2, 1, 0])
    assert table.categories == ("2", "1", "0")
    assert table.comparisons.tolist() == [uuid.UUID(int=3), uuid.UUID(int=5)]
    assert table.counts.tolist() == [[1, 0, 0], [1, 0, 1]]


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (([1, 1], [1, 2], ["a"]), {}, "category has 1 entries, comparison has 2"),
        (([1, 1], [1, 2], ["a", "x"]), {"categories": ["a", "b"]}, r"category\[1\] is x, not one"),
        (([1, 1], [1, 2], [0, 7]), {"categories": [0, 1]}, r"category\[1\] is 7, not one of 0, 1"),
        (([4, 4], [1, 1], ["a", "b"]), {}, "annotator 1 judged comparison 4 twice"),
        (([4, 4], [1, None], ["a", "b"]), {}, r"annotator\[1\] is None"),
        (([4, 4], [1, 2], ["a", "b"]), {"prompt": [8, 9]}, "comparison 4 also has prompt"),
        (([4, 4], [1, 2], ["a", "b"]), {"seconds": [1, -2]}, r"seconds\[1\] is -2.0, below 0"),
        (([4, 4], [1, 2], ["a", "b"]), {"left_chosen": [1, 300]}, r"left_chosen\[1\] is 300"),
        (([4, 4], [1, 2], ["a", "b"]), {"left_chosen": [None, 2]}, r"left_chosen\[1\] is 2"),
        (([4, 4], [1, 2], ["a", "b"]), {"categories": ["a", "a"]}, "repeat a name"),
        (([[4, 4]], [1, 2], ["a", "b"]), {}, "comparison must have one dimension, not 2"),
        (
            (np.array("ab", dtype=object), [1, 2], ["a", "b"]),
            {},
            "comparison must have one dimension, not 0",
        ),
    ],
)
def test_arrays_that_cannot_be_right_are_refused_with_entry_and_value(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        JudgementTable.from_arrays(*arguments, **settings)


@pytest.mark.parametrize(
    ("counts", "settings", "message"),
    [
        ([[1, -1]], {}, r"counts\[0, 1\] is -1, not a whole number"),
        ([[1, 0.5]], {}, r"counts\[0, 1\] is 0.5, not a whole number"),
        ([[1, math.nan]], {}, r"counts\[0, 1\] is nan, not a whole number"),
        ([["x", 1]], {}, "counts must be numbers"),
        ([1, 2], {}, "two dimensions, not 1"),
        ([[1, 2]], {"categories": ["a"]}, "2 columns need as many distinct names"),
        ([[1, 2]], {"comparison": [1, 2]}, "comparison has 2 entries, counts has 1 rows"),
        ([[1, 2], [1, 2]], {"comparison": [3, 3]}, "comparison 3 comes twice"),
    ],
)
def test_counts_that_cannot_be_right_are_refused_with_row_and_value(counts, settings, message):
    with pytest.raises(ValueError, match=message):
        JudgementTable.from_counts(counts, **settings)


def test_a_table_of_counts_equals_the_table_of_its_judgements():
    whole = _table(ROWS)
    counted = JudgementTable.from_counts(
        whole.counts[::-1],
        categories=whole.categories,
        comparison=whole.comparisons[::-1],
        prompt=whole.prompts[::-1],
    )
    assert counted.counts.tolist() == whole.counts.tolist()
    assert counted.comparisons.tolist() == whole.comparisons.tolist()
    assert counted.prompts.tolist() == whole.prompts.tolist()
    assert counted.annotators is None


@pytest.mark.parametrize("cut", range(len(ROWS) + 1))
def test_merged_parts_equal_the_whole(cut):
    whole = _table(ROWS)
    empty = JudgementTable.from_arrays([], [], [])
    parts = [_table(rows) if rows else empty for rows in (ROWS[:cut], ROWS[cut:])]
    merged = merge_tables(*parts)
    order = [merged.categories.index(name) for name in whole.categories]
    assert merged.counts[:, order].tolist() == whole.counts.tolist()
    assert merged.prompts.tolist() == whole.prompts.tolist()
    assert merged.rows.left_chosen.tolist() == whole.rows.left_chosen.tolist()
    np.testing.assert_array_equal(merged.rows.seconds, whole.rows.seconds)


def test_merged_counts_add_up_and_join_categories_by_name():
    first = JudgementTable.from_counts([[1, 2], [3, 0]], categories="ab", comparison=[1, 2])
    second = JudgementTable.from_counts([[5, 7]], categories="cb", comparison=[2])
    merged = merge_tables(first, second)
    assert merged.categories == ("a", "b", "c")
    assert merged.counts.tolist() == [[1, 2, 0], [3, 7, 5]]


def test_sides_unknown_in_one_part_stay_unknown_when_merged():
    first = JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], left_chosen=[True, True])
    second = JudgementTable.from_arrays([3], [1], ["a"])
    everybody = measure_position(merge_tables(first, second)).everybody
    assert (everybody.value, everybody.n_judgements) == (1, 2)


def test_merging_refuses_a_second_judgement_and_prompts_known_on_one_side():
    first = JudgementTable.from_arrays([1], ["ann"], ["a"])
    with pytest.raises(ValueError, match="annotator ann judged comparison 1 twice"):
        merge_tables(first, JudgementTable.from_arrays([1], ["ann"], ["b"]))
    with pytest.raises(ValueError, match="knows the prompts"):
        merge_tables(first, JudgementTable.from_arrays([2], ["ann"], ["b"], prompt=["p"]))


def test_a_repeat_is_kept_apart_and_counted_nowhere():
    table = JudgementTable.from_arrays(
        [1, 1, 2], ["ann", "ann", "bob"], ["a", "b", "b"], is_repeat=[False, True, False]
    )
    assert table.counts.tolist() == [[1, 0], [0, 1]]
    assert table.repeats.category.tolist() == [1]
    merged = merge_tables(table, JudgementTable.from_arrays([3], ["ann"], ["a"]))
    assert merged.counts.tolist() == [[1, 0], [0, 1], [1, 0]]
    assert (merged.repeats.comparison.tolist(), merged.repeats.category.tolist()) == ([0], [1])


def test_what_is_recorded_of_a_judgement_survives_merging_and_is_checked():
    recorded = {
        "first_left": [True, None],
        "words": [120, None],
        "strength": [None, -2.0],
        "length_difference": [-31, 5],
        "time": [1e9, 1e9 + 60],
    }
    table = JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], **recorded)
    merged = merge_tables(table, JudgementTable.from_arrays([3], [1], ["a"]))
    assert merged.rows.first_left.tolist() == [1, -1, -1]
    np.testing.assert_array_equal(merged.rows.length_difference, [-31, 5, np.nan])
    np.testing.assert_array_equal(merged.rows.strength, [np.nan, -2, np.nan])
    assert merged.rows.seconds is None
    with pytest.raises(ValueError, match=r"time\[1\] is inf, not finite"):
        JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], time=[0, math.inf])
    with pytest.raises(ValueError, match=r"words\[0\] is -1.0, below 0"):
        JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], words=[-1, 3])
    with pytest.raises(ValueError, match="strength has 1 entries, comparison has 2"):
        JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], strength=[1])


@pytest.mark.parametrize("spread", [1, 5, 10**12])
@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint64, np.uint8])
def test_numbers_near_each_other_or_far_apart_are_encoded_alike(spread, kind):
    values = np.array([3, 0, 3, 7, 1, 0]) * min(spread, np.iinfo(kind).max // 7)
    column = values.astype(kind) - (kind(2) if np.iinfo(kind).min < 0 else kind(0))
    keys, index = encode_keys(column)
    expected, places = np.unique(column, return_inverse=True)
    np.testing.assert_array_equal(keys, expected)
    np.testing.assert_array_equal(index, places)
    assert keys.dtype == column.dtype
    np.testing.assert_array_equal(keys[index], column)


def test_the_largest_and_the_smallest_numbers_are_keys_like_others():
    for column in (np.array([2**64 - 1, 2**64 - 2], np.uint64), np.array([-(2**63), 2**63 - 1])):
        keys, index = encode_keys(column)
        np.testing.assert_array_equal(keys[index], column)


def _all_alike(words, n, rng):
    return np.zeros(n, dtype=np.uint64)


@pytest.mark.parametrize("length", [1, 9])
def test_text_is_encoded_as_sorting_would_also_where_its_numbers_meet(length, monkeypatch):
    rng = np.random.default_rng(0)
    column = rng.choice(list("abcé中"), size=(20_000, length)).view(f"<U{length}").ravel()
    expected, places = np.unique(column, return_inverse=True)
    for _ in range(2):
        for keys, index in (encode_keys(column), encode_column(column.tolist(), "prompt")):
            np.testing.assert_array_equal(keys, expected)
            np.testing.assert_array_equal(index, places)
            assert keys.dtype == expected.dtype
        monkeypatch.setattr(text_keys, "_numbers", _all_alike)


TEXTS = {
    "empty ones": ["", "a", "", "b"],
    "nothing but empty ones": ["", "", "", ""],
    "prefixes": ["ab", "a", "abcdefgh", "abcdefghi"],
    "several words": ["x" * 17, "x" * 16 + "y", "x" * 16, "x" * 17],
    "beyond ascii": ["é", "中", "\U0001f600", "\uffff"],
    "lone surrogates": ["\ud800", "a", "\udfff", "\ud800"],
    "lines": ["a\nb", "a", "b", "a\r"],
    "one": ["one"],
    "NUL": ["a\0", "a", "a\0b", "a"],
}


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_text_is_told_apart_as_python_does_however_it_is_held(texts):
    expected = sorted(set(texts))
    held = [texts, tuple(texts), np.array(texts, dtype=object)]
    if not any("\0" in text for text in texts):  # cut off at the end of an array of text
        held.append(np.array(texts))
    for column in held:
        keys, index = encode_column(column, "annotator")
        assert keys.tolist() == expected
        assert [expected[place] for place in index] == texts


def test_texts_of_a_class_of_its_own_are_the_text_they_hold_and_not_its_name():
    class Named(str):
        def __str__(self):
            return "a name"

    first = Named("first")
    table = JudgementTable.from_arrays([1, 2, 3], [first, "second", "first"], list("aba"))
    assert table.annotators.tolist() == ["first", "second"]
    with_nul = JudgementTable.from_arrays([1, 2, 3], [first, "a\0", "first"], list("aba"))
    assert with_nul.annotators.tolist() == ["a\0", "first"]


def test_texts_too_long_to_be_cut_are_told_apart_too(monkeypatch):
    monkeypatch.setattr(text_keys, "_MOST_WORDS", 3)
    monkeypatch.setattr(columns, "_MOST_LETTERS", 30)
    texts = ["a long text", "another", "a long text", "no"]
    for column in (texts, np.array(texts)):
        keys, index = encode_column(column, "prompt")
        assert keys.tolist() == sorted(set(texts))
        assert index.tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("n_values", [10, 2**62])
def test_the_order_of_equal_values_is_kept_however_large_they_may_be(n_values):
    values = np.random.default_rng(0).integers(0, 10, 500)
    expected = np.argsort(values, kind="stable")
    np.testing.assert_array_equal(stable_order(values, n_values), expected)
