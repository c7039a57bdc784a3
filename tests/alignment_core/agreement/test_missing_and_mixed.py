"""Missing, mixed and odd values in every public function: missing is missing, or refused by place.

Each function gets each odd value; whatever it makes of it must not be a key or a number of its own.
"""

import datetime
import inspect
import math
from decimal import Decimal
from enum import StrEnum
from functools import partial

import numpy as np
import pytest

from alignment_core import agreement
from alignment_core.agreement import (
    ConfusionPrior,
    JudgementTable,
    Matches,
    PairPrior,
    comparisons_needed,
    first_judgements,
    fit_dawid_skene,
    fit_pairwise,
    measure_agreement,
    measure_alpha,
    measure_between,
    measure_conger,
    measure_pairs,
    measure_repeats,
    measure_weighted,
    merge_tables,
    outcome_posterior,
    plan_agreement,
    rate_models,
    wilson_interval,
)
from alignment_core.agreement.figures.intervals import mid_p_interval
from alignment_core.agreement.figures.paired import paired_interval
from alignment_core.agreement.further.annotator_margins import fitted_margins
from alignment_core.agreement.further.rated_models import rated_models
from alignment_core.agreement.further.scales import weighted_scales


class _NotAvailable:
    """As pandas' NA: what it is compared with, nobody knows."""

    def __eq__(self, other):
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


class _Verdict(StrEnum):
    FIRST = "first"
    SECOND = "second"


NA = _NotAvailable()
MISSING = [
    pytest.param(value, id=name)
    for name, value in {
        "none": None,
        "nan": math.nan,
        "numpy nan": np.float32("nan"),
        "decimal nan": Decimal("NaN"),
        "signalling nan": Decimal("sNaN"),
        "not a time": np.datetime64("NaT"),
        "not available": NA,
        "masked": np.ma.masked,
    }.items()
]
COLUMNS = {
    "comparison": [1, 2, 1, 2],
    "annotator": ["ann", "ann", "bob", "bob"],
    "category": ["a", "b", "a", "a"],
}
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


def _table(**changed):
    columns = COLUMNS | changed
    return JudgementTable.from_arrays(**columns)


def _with(values, value, *, at=2):
    return [value if place == at else kept for place, kept in enumerate(values)]


def _objects(values):
    return np.fromiter(values, dtype=object, count=len(values))


@pytest.mark.parametrize("name", [*COLUMNS, "prompt"])
@pytest.mark.parametrize("make", [list, tuple, _objects])
@pytest.mark.parametrize("value", MISSING)
def test_a_missing_key_is_refused_with_its_place(name, make, value):
    values = COLUMNS.get(name, ["p", "q", "p", "q"])
    for column in (values, [1, 2, 1, 2], [0.5, 1.5, 0.5, 1.5]):
        with pytest.raises(ValueError, match=rf"{name}\[2\] is .*: a key cannot be missing"):
            _table(**{name: make(_with(column, value))})


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
            _table(**{name: column})


@pytest.mark.parametrize("name", [*COLUMNS, "prompt"])
@pytest.mark.parametrize(("values", "message"), MIXED)
def test_keys_of_several_kinds_are_refused_with_their_place(name, values, message):
    with pytest.raises(ValueError, match=message):
        _table(**{name: values})
    with pytest.raises(ValueError, match=message):
        _table(**{name: _objects(values)})


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
        ([_Verdict.SECOND, "first", "second", _Verdict.FIRST], ["first", "second"]),
        ([1, 2.5, 1.0, 2.5], [1.0, 2.5]),
        ([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)] * 2, None),
    ],
)
def test_odd_keys_stay_themselves(keys, expected):
    for name in ("comparison", "annotator"):
        table = _table(**{"comparison": [1, 2, 3, 4], "annotator": [1, 2, 3, 4], name: keys})
        found = (table.comparisons if name == "comparison" else table.annotators).tolist()
        assert found == (expected or sorted(set(keys)))
        assert [math.copysign(1, key) for key in found if key == 0] in ([], [1.0])
    assert table.rows.annotator[0] == table.rows.annotator[2] != table.rows.annotator[1]


def test_categories_are_named_alike_however_they_are_held():
    as_text = _table(category=["b", "a", "b", "b"])
    for held in (
        [b"b", b"a", b"b", b"b"],
        np.array([b"b", b"a", b"b", b"b"]),
        np.array(["b", "a", "b", "b"]),
        _objects(["b", "a", "b", "b"]),
        np.array(["b", "a", "b", "b"], dtype=np.dtypes.StringDType()),
    ):
        table = _table(category=held)
        assert table.categories == ("a", "b")
        assert table.counts.tolist() == as_text.counts.tolist()
        assert _table(category=held, categories=["b", "a"]).counts.tolist() == [[2, 0], [1, 1]]
    assert _table(category=[-0.0, 1.0, 0.0, 1.0]).categories == ("0.0", "1.0")
    assert _table(category=[True, False, True, True]).categories == ("False", "True")
    assert _table(category=[2**70, 1, 1, 1]).categories == ("1", str(2**70))


@pytest.mark.parametrize("value", MISSING)
def test_a_missing_name_of_a_category_is_refused(value):
    message = r"categories\[1\] is .*: a category has a name"
    with pytest.raises(ValueError, match=message):
        _table(categories=["a", value, "b"])
    with pytest.raises(ValueError, match=message):
        JudgementTable.from_counts([[1, 2]], categories=["a", value])


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize(
    "name", ["seconds", "words", "strength", "length_difference", "time", "order"]
)
def test_a_missing_record_is_not_known(name, value):
    table = _table(**{name: [1, value, 2.5, np.float32(3)]})
    np.testing.assert_array_equal(getattr(table.rows, name), [1, 2.5, math.nan, 3])
    masked = np.ma.array([1.0, 9.0, 2.5, 3.0], mask=[False, True, False, False])
    np.testing.assert_array_equal(
        getattr(_table(**{name: masked}).rows, name), [1, 2.5, math.nan, 3]
    )


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("name", ["left_chosen", "first_left"])
def test_a_missing_side_is_neither(name, value):
    table = _table(**{name: [True, value, np.False_, 1]})
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
        _table(**column)


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


@pytest.mark.parametrize("value", MISSING)
def test_groups_and_annotators_that_are_missing_are_refused(value):
    table = _table()
    with pytest.raises(ValueError, match=r"second\[1\] is .*a key cannot be missing"):
        measure_between(table, ["ann"], ["bob", value])
    if value is not None:  # None asks for everybody
        with pytest.raises(ValueError, match=r"annotator\[0\] is .*a key cannot be missing"):
            measure_repeats(table, annotator=value)


def test_groups_of_another_kind_than_the_annotators_are_refused_not_matched():
    numbers = _table(annotator=[1, 1, 2, 2])
    for group in (["2"], [True], [b"2"]):
        with pytest.raises(ValueError, match="the table's keys and second are numbers and"):
            measure_between(numbers, [1], group)
    with pytest.raises(ValueError, match="first is 'ann': a list of keys is wanted"):
        measure_between(_table(), "ann", ["bob"])
    with pytest.raises(ValueError, match="numbers and text"):
        measure_repeats(numbers, annotator="1")
    chosen = measure_between(numbers, np.array([1]), {np.int64(2), 7}, n_resamples=9)
    assert chosen["percent_agreement"].value == 0.5


def test_tables_with_keys_of_different_kinds_do_not_merge():
    first, second = _table(), _table(annotator=["cat", "cat", "dan", "dan"])
    with pytest.raises(ValueError, match="keys of comparison are numbers and text"):
        merge_tables(first, _table(comparison=["1", "2", "1", "2"]))
    with pytest.raises(ValueError, match="keys of annotator are text and numbers"):
        merge_tables(first, _table(comparison=[3, 4, 3, 4], annotator=[1, 1, 2, 2]))
    prompted = _table(prompt=["p", "q", "p", "q"])
    with pytest.raises(ValueError, match="keys of prompt are text and numbers"):
        merge_tables(prompted, _table(comparison=[3, 4, 3, 4], prompt=[1, 2, 1, 2]))
    counts = JudgementTable.from_counts([[1, 2]], comparison=[2**64 - 1])
    far = merge_tables(counts, JudgementTable.from_counts([[1, 2]], comparison=[-1]))
    assert far.comparisons.tolist() == [-1, 2**64 - 1]  # numpy alone would make floats of them
    assert merge_tables(first, second).annotators.tolist() == ["ann", "bob", "cat", "dan"]
    odd = _table(category=["a", "a\0", "a", "b"])
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
    table = _table()
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


def test_settings_that_are_no_number_are_refused():
    nan, table = math.nan, _table(time=[1, 2, 3, 4])
    pilot = measure_agreement(
        plan_agreement(prevalence=[0.5, 0.5], error=0.1, n_annotators=3, n_comparisons=50)
    )["percent_agreement"]
    for call in (
        lambda: ConfusionPrior(right=nan),
        lambda: PairPrior(reliability=nan),
        lambda: PairPrior(ties=nan),
        lambda: fit_dawid_skene(table, tolerance=nan),
        lambda: fit_pairwise(table, first="a", second="b", tie=None, tolerance=nan),
        lambda: fit_pairwise(table, first="a", second="a", tie=None),
        lambda: rate_models(Matches.from_arrays([1, 2], [2, 1], [1, 1]), tolerance=nan),
        lambda: rate_models(Matches.from_arrays([1, 2], [2, 1], [1, 1]), level=nan),
        lambda: measure_agreement(table, level=nan),
        lambda: measure_pairs(table, level=nan),
        lambda: first_judgements(table, nan),
        lambda: comparisons_needed(pilot, width=nan),
        lambda: comparisons_needed(pilot, width=math.inf),
        lambda: outcome_posterior([1, 2], prior=nan),
        lambda: wilson_interval(1, nan),
        lambda: plan_agreement(prevalence=[1], error=nan, n_annotators=2, n_comparisons=3),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"nan|inf|NaN|different"):
            call()


WRONG_WHOLE = [math.nan, 2.5, 1000.0, True, np.True_, "9", None, -1, 10**400]
WRONG_LEVELS = [math.nan, 0, 0.0, 1, 1.0, -0.5, 95, True, "0.9", None, 1e300, math.inf, 1 - 2**-53]


def _settings_of(table):
    """Calls by name that take a level, a number of resamples, a seed."""
    matches = Matches.from_arrays([1, 2, 1], [2, 1, 2], [1, 1, 0])
    model = fit_dawid_skene(table, prior=ConfusionPrior())
    of_table = {
        call.__name__: partial(call, table)
        for call in (
            agreement.agreement_report, agreement.measure_drift, agreement.measure_haste,
            agreement.measure_length, agreement.measure_position, measure_agreement,
            measure_alpha, measure_conger, measure_pairs, measure_repeats, measure_weighted,
            fitted_margins, weighted_scales,
        )
    }  # fmt: skip
    return of_table | {
        "measure_between": partial(measure_between, table, ["ann"], ["bob"]),
        "measure_reliability": partial(agreement.measure_reliability, table, model),
        "rate_models": partial(rate_models, matches),
        "rated_models": partial(rated_models, table, None),  # before it looks at the origins
        "wilson_interval": partial(wilson_interval, 1, 2),
        "mid_p_interval": partial(mid_p_interval, [1], [2]),
        "paired_interval": partial(paired_interval, np.array([0.5, 0.1])),
        "plan_agreement": partial(
            plan_agreement, prevalence=[0.5, 0.5], error=0.1, n_annotators=2, n_comparisons=3
        ),
    }


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("level", WRONG_LEVELS), ("n_resamples", [*WRONG_WHOLE, 0, 1]), ("seed", WRONG_WHOLE)],
)
def test_settings_of_intervals_are_refused_by_name_wherever_they_are_taken(name, wrong):
    """Also where there is nothing to measure, as the next table may hold something."""
    n_swept = 0
    for table in (_table(time=[1, 2, 3, 4]), _table(left_chosen=[1, 0, 1, 0])):
        for called, call in _settings_of(table).items():
            if name not in inspect.signature(call).parameters:
                continue
            n_swept += 1
            for value in wrong:
                with pytest.raises(ValueError, match=f"{name} must"):
                    pytest.fail(f"{called} took {value!r}: {call(**{name: value})}")
    assert n_swept > 12


def test_whole_numbers_are_refused_by_name_where_they_are_none():
    table = _table(time=[1, 2, 3, 4])
    plan = {"prevalence": [0.5, 0.5], "error": 0.1, "n_annotators": 2, "n_comparisons": 3}
    for name, call in {
        "max_pairs": partial(measure_pairs, table),
        "n_categories": partial(measure_agreement, table),
        "max_iterations": partial(fit_dawid_skene, table),
        "m": partial(first_judgements, table),
        "n_annotators": partial(plan_agreement, **plan),
        "n_comparisons": partial(plan_agreement, **plan),
    }.items():
        for value in (math.nan, 2.5, 2.0, True, "2", -1):
            with pytest.raises(ValueError, match=f"{name} must"):
                call(**{name: value})
    for value in (math.nan, math.inf, True, "1", 0, -1.0):
        with pytest.raises(ValueError, match="tolerance must"):
            fit_dawid_skene(table, tolerance=value)
        with pytest.raises(ValueError, match="words_per_minute must"):
            agreement.measure_haste(table, words_per_minute=value)


def test_settings_that_numpy_makes_are_taken():
    table = _table(left_chosen=[1, 0, 1, 0])
    plain = measure_agreement(table, level=0.5, n_resamples=9, seed=2**100)
    numpys = measure_agreement(table, level=np.float64(0.5), n_resamples=np.int64(9), seed=2**100)
    assert plain == numpys


def test_every_public_function_is_swept():
    swept = inspect.getsource(inspect.getmodule(test_every_public_function_is_swept))
    of_tables = {  # they take a table, and settings that the others share
        "agreement_report", "detect_redundancy", "fitted_margins", "imagined_pilot",
        "measure_drift", "measure_haste", "measure_length", "measure_position",
        "measure_reliability", "planned", "rated_models", "weighted_scales", "without_selected",
    }  # fmt: skip
    of_sums = {function.__name__ for function in agreement.HEADLINE} | {"brennan_prediger"}
    for name in set(agreement.__all__) - of_tables - of_sums:
        if inspect.isfunction(getattr(agreement, name)):
            assert f"{name}(" in swept, name
