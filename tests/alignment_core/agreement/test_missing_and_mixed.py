"""Missing, mixed and odd values in a table's columns: missing is missing, or refused by place."""

import datetime
import math
from enum import StrEnum

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    outcome_posterior,
)
from tests.alignment_core.agreement.odd_values import (
    COLUMNS,
    MISSING,
    NA,
    objects,
    table_of,
    with_one,
)


class Verdict(StrEnum):
    FIRST = "first"
    SECOND = "second"


# mixed, and where: to numpy all of them are columns of one type
MIXED = [
    ([1, "1", 2, "2"], r"\[1\] is '1', but .*\[0\] is 1"),
    ([1, True, 2, 3], r"\[1\] is True, but .*\[0\] is 1"),
    ([b"x", "x", b"y", "y"], r"\[1\] is 'x', but .*\[0\] is b'x'"),
    ([2**53 + 1, 0.5, 1, 2], r"\[0\] is 9007199254740993: too large beside fractions"),
    ([1, [2], 3, 4], "must have one dimension"),
    ([{1}, {2}, {3}, {4}], "a set, which cannot be a key"),
    ([1j, 2j, 3j, 4j], "cannot be keys"),
]


@pytest.mark.parametrize("name", [*COLUMNS, "prompt"])
@pytest.mark.parametrize("make", [list, tuple, objects])
@pytest.mark.parametrize("value", MISSING)
def test_a_missing_key_is_refused_with_its_place(name, make, value):
    values = COLUMNS.get(name, ["p", "q", "p", "q"])
    for column in (values, [1, 2, 1, 2], [0.5, 1.5, 0.5, 1.5]):
        with pytest.raises(ValueError, match=rf"{name}\[2\] is .*: a key cannot be missing"):
            table_of(**{name: make(with_one(column, value))})


@pytest.mark.parametrize("name", [*COLUMNS, "prompt"])
def test_missing_entries_of_arrays_are_refused_with_their_place(name):
    whole = np.ma.array([1, 2, 1, 2], mask=[False, False, False, True])
    for column in (
        np.array([1, 2, 1, math.nan]),
        np.array(["2020", "2021", "2020", "NaT"], dtype="datetime64[D]"),
        np.array([1, 2, 1, "NaT"], dtype="timedelta64[s]"),
        np.array(["x", "y", "x", math.nan], dtype=np.dtypes.StringDType(na_object=math.nan)),
        whole,
        whole.astype(object),
    ):
        with pytest.raises(ValueError, match=rf"{name}\[3\] is .*: a key cannot be missing"):
            table_of(**{name: column})


@pytest.mark.parametrize("name", [*COLUMNS, "prompt"])
@pytest.mark.parametrize(("values", "message"), MIXED)
def test_keys_of_several_kinds_are_refused_with_their_place(name, values, message):
    with pytest.raises(ValueError, match=message):
        table_of(**{name: values})
    with pytest.raises(ValueError, match=message):
        table_of(**{name: objects(values)})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([-0.0, 1.0, 0.0, 1.0], [0.0, 1.0]),
        (np.array([-0.0, 1.0, 0.0, 1.0]), [0.0, 1.0]),
        ([2**70, -1, 2**70, -1], [-1, 2**70]),
        ([2**63, -1, 2**63, -1], [-1, 2**63]),  # to numpy a column of floating-point numbers
        (np.array([2**64 - 1, 2**64 - 2] * 2, dtype=np.uint64), [2**64 - 2, 2**64 - 1]),
        ([np.int64(5), 3, np.uint8(5), np.int32(3)], [3, 5]),
        ([True, False, np.True_, False], [False, True]),
        (["a", "a\0", "a", "a\0"], ["a", "a\0"]),  # an array of text cuts off what ends in NUL
        ([np.str_("b"), "a", "b", "a"], ["a", "b"]),
        (np.array(["b", "a", "b", "a"], dtype=np.dtypes.StringDType()), ["a", "b"]),
        ([b"b", b"a", np.bytes_(b"b"), b"a"], [b"a", b"b"]),
        ([Verdict.SECOND, "first", "second", Verdict.FIRST], ["first", "second"]),
        ([1, 2.5, 1.0, 2.5], [1.0, 2.5]),
        ([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)] * 2, None),
    ],
)
def test_odd_keys_stay_themselves(keys, expected):
    for name in ("comparison", "annotator"):
        table = table_of(**{"comparison": [1, 2, 3, 4], "annotator": [1, 2, 3, 4], name: keys})
        found = (table.comparisons if name == "comparison" else table.annotators).tolist()
        assert found == (expected or sorted(set(keys)))
        assert [math.copysign(1, key) for key in found if key == 0] in ([], [1.0])
    assert table.rows.annotator[0] == table.rows.annotator[2] != table.rows.annotator[1]


def test_categories_are_named_alike_however_they_are_held():
    as_text = table_of(category=["b", "a", "b", "b"])
    for held in (
        [b"b", b"a", b"b", b"b"],
        np.array([b"b", b"a", b"b", b"b"]),
        np.array(["b", "a", "b", "b"]),
        objects(["b", "a", "b", "b"]),
        np.array(["b", "a", "b", "b"], dtype=np.dtypes.StringDType()),
    ):
        table = table_of(category=held)
        assert table.categories == ("a", "b")
        assert table.counts.tolist() == as_text.counts.tolist()
        assert table_of(category=held, categories=["b", "a"]).counts.tolist() == [[2, 0], [1, 1]]
    assert table_of(category=[-0.0, 1.0, 0.0, 1.0]).categories == ("0.0", "1.0")
    assert table_of(category=[True, False, True, True]).categories == ("False", "True")
    assert table_of(category=[2**70, 1, 1, 1]).categories == ("1", str(2**70))


@pytest.mark.parametrize("value", MISSING)
def test_a_missing_name_of_a_category_is_refused(value):
    message = r"categories\[1\] is .*: a category has a name"
    with pytest.raises(ValueError, match=message):
        table_of(categories=["a", value, "b"])
    with pytest.raises(ValueError, match=message):
        JudgementTable.from_counts([[1, 2]], categories=["a", value])


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize(
    "name", ["seconds", "words", "strength", "length_difference", "time", "order"]
)
def test_a_missing_record_is_not_known(name, value):
    table = table_of(**{name: [1, value, 2.5, np.float32(3)]})
    np.testing.assert_array_equal(getattr(table.rows, name), [1, 2.5, math.nan, 3])
    masked = np.ma.array([1.0, 9.0, 2.5, 3.0], mask=[False, True, False, False])
    np.testing.assert_array_equal(
        getattr(table_of(**{name: masked}).rows, name), [1, 2.5, math.nan, 3]
    )


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("name", ["left_chosen", "first_left"])
def test_a_missing_side_is_neither(name, value):
    table = table_of(**{name: [True, value, np.False_, 1]})
    assert getattr(table.rows, name).tolist() == [1, 0, -1, 1]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"seconds": [1, "2", 3, 4]}, r"seconds\[1\] is '2', not a number"),
        ({"time": np.array(["2020"] * 4, dtype="datetime64[s]")}, r"time\[0\] is .*not a number"),
        ({"seconds": [[1], [2], [3], [4]]}, "seconds must have one dimension, not 2"),
        ({"strength": [1, 10**400, 3, 4]}, r"strength\[1\] is .*too large"),
        ({"left_chosen": [True, "no", None, 0]}, r"left_chosen\[1\] is 'no', not a number"),
        ({"is_repeat": [False, None, True, False]}, r"is_repeat\[1\] is nan, not True or False"),
        ({"is_repeat": [False, NA, True, False]}, r"is_repeat\[1\] is nan, not True or False"),
        ({"is_repeat": ["no"] * 4}, r"is_repeat\[0\] is 'no', not a number"),
    ],
)
def test_a_record_that_is_no_number_is_refused_with_its_place(column, message):
    with pytest.raises(ValueError, match=message):
        table_of(**column)


@pytest.mark.parametrize("value", MISSING)
def test_a_missing_count_is_refused_with_its_place(value):
    with pytest.raises(ValueError, match=r"counts\[1, 0\] is .*not a whole number"):
        JudgementTable.from_counts([[1, 2], [value, 1]])
    with pytest.raises(ValueError, match=r"counts\[1, 0\] is nan"):
        outcome_posterior([[1, 2], [value, 1]])
    for name in ("comparison", "prompt"):
        with pytest.raises(ValueError, match=rf"{name}\[1\] is .*a key cannot be missing"):
            JudgementTable.from_counts([[1, 2], [3, 4]], **{name: [1, value]})


def test_counts_too_large_to_be_exact_are_refused_and_large_ones_are_not():
    assert JudgementTable.from_counts([[2**40, 1], [0, 2]]).n_judgements == 2**40 + 3
    for count in (2**60, 1e300, 10**30, np.uint64(2**63)):
        with pytest.raises(ValueError, match=r"counts\[0, 1\] is .*too large"):
            JudgementTable.from_counts([[1, count]])
    with pytest.raises(ValueError, match=r"counts\[1\] is inf"):
        outcome_posterior([1, math.inf])
    named = JudgementTable.from_counts([[1, 2]], categories=np.array(["x", "y"]))
    assert named.categories == ("x", "y")
