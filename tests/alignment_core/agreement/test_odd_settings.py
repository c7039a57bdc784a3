"""Settings that are no number, or not the right kind of one: refused by name at every entrance."""

import inspect
import math
import sys
from functools import partial

import numpy as np
import pytest

from alignment_core import agreement
from alignment_core.agreement import (
    Ballots,
    ConfusionPrior,
    Matches,
    PairPrior,
    arena_standings,
    comparisons_needed,
    decide_pair,
    expected_narrowing,
    first_judgements,
    fit_dawid_skene,
    fit_pairwise,
    log_e_value,
    measure_agreement,
    measure_alpha,
    measure_between,
    measure_conger,
    measure_each_between,
    measure_pairs,
    measure_repeats,
    measure_weighted,
    meeting_shares,
    outcome_posterior,
    plan_agreement,
    rate_models,
    redundancy_of,
    saved_interval,
    stand_among_all,
    votes_needed,
    wilson_interval,
)
from alignment_core.agreement.figures.intervals import mid_p_interval
from alignment_core.agreement.figures.paired import paired_interval
from alignment_core.agreement.further.annotator_margins import fitted_margins
from alignment_core.agreement.further.rated_models import rated_models
from alignment_core.agreement.further.scales import weighted_strengths, weighted_verdicts
from tests.alignment_core.agreement import test_missing_and_mixed, test_odd_arguments
from tests.alignment_core.agreement.odd_values import table_of


def test_settings_that_are_no_number_are_refused():
    nan, table = math.nan, table_of(time=[1, 2, 3, 4])
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


BALLOTS = Ballots(
    names=["a", "b"],
    first=np.array([0, 1, 0]),
    second=np.array([1, 0, 1]),
    verdict=np.array([0, 1, 1]),
    prompt=np.arange(3),
    annotator=np.array([0, 0, 1]),
    covariates=np.zeros((3, 0)),
)
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
            agreement.measure_specific, agreement.repeated_verdicts, fitted_margins,
            weighted_strengths, weighted_verdicts,
        )
    }  # fmt: skip
    return of_table | {
        "measure_asked": partial(agreement.measure_asked, table, "scale"),
        "clustered_median": partial(agreement.clustered_median, range(9), range(9)),
        "measure_between": partial(measure_between, table, ["ann"], ["bob"]),
        "measure_each_between": partial(measure_each_between, table, [(["ann"], ["bob"])]),
        "measure_reliability": partial(agreement.measure_reliability, table, model),
        "rate_models": partial(rate_models, matches),
        "rated_models": partial(rated_models, table, None),  # before it looks at the origins
        "wilson_interval": partial(wilson_interval, 1, 2),
        "mid_p_interval": partial(mid_p_interval, [1], [2]),
        "saved_interval": partial(saved_interval, [[2, 5]]),
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
    for table in (table_of(time=[1, 2, 3, 4]), table_of(left_chosen=[1, 0, 1, 0])):
        for called, call in _settings_of(table).items():
            if name not in inspect.signature(call).parameters:
                continue
            n_swept += 1
            for value in wrong:
                with pytest.raises(ValueError, match=f"{name} must"):
                    pytest.fail(f"{called} took {value!r}: {call(**{name: value})}")
    assert n_swept > 12


def test_whole_numbers_are_refused_by_name_where_they_are_none():
    table = table_of(time=[1, 2, 3, 4])
    plan = {"prevalence": [0.5, 0.5], "error": 0.1, "n_annotators": 2, "n_comparisons": 3}
    for name, call in {
        "max_pairs": partial(measure_pairs, table),
        "n_categories": partial(measure_agreement, table),
        "max_iterations": partial(fit_dawid_skene, table),
        "m": partial(first_judgements, table),
        "asked_of_all": partial(redundancy_of, table),
        "n_annotators": partial(plan_agreement, **plan),
        "n_comparisons": partial(plan_agreement, **plan),
    }.items():
        for value in (math.nan, 2.5, 2.0, True, "2", -1):
            with pytest.raises(ValueError, match=f"{name} must"):
                call(**{name: value})
    for value in (math.nan, 0, -1.0):
        with pytest.raises(ValueError, match="asked_of_all must"):
            redundancy_of(table, value)
    for value in ([[6, 5]], [[math.nan, 1]], [[0, 0]], [1, 2], [[-1, 5]]):
        with pytest.raises(ValueError, match=r"used must|every prompt"):
            saved_interval(value)
    for value in (math.nan, math.inf, True, "1", 0, -1.0):
        with pytest.raises(ValueError, match="tolerance must"):
            fit_dawid_skene(table, tolerance=value)
        with pytest.raises(ValueError, match="words_per_minute must"):
            agreement.measure_haste(table, words_per_minute=value)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0, "x"])
def test_odd_votes_and_strengths_of_models_are_refused(wrong):
    one, two = [[0, 1], [1, 0]], [0.0, 0.5]
    for call in (
        lambda: log_e_value([wrong], [1]),
        lambda: log_e_value(1, 1, prior=wrong),
        lambda: decide_pair([True, wrong]),
        lambda: decide_pair([True], alpha=wrong),
        lambda: votes_needed([wrong], [1], [0.5]),
        lambda: votes_needed([1], [1], [wrong]),
        lambda: votes_needed([1], [1], [0.5], alpha=wrong),
        lambda: votes_needed([1], [1], [0.5, 0.5]),
        lambda: votes_needed([1], [1], [0.5], most=wrong),
        lambda: stand_among_all([1.0], alpha=wrong),
        lambda: stand_among_all([1.0, -1.0 if wrong == math.inf else wrong]),
        lambda: expected_narrowing([0.0, math.nan if wrong == -1 else wrong], one),
        lambda: expected_narrowing(two, [[0, wrong], [1, 0]]),
        lambda: meeting_shares(two, one, floor=wrong),
        lambda: arena_standings(BALLOTS, level=wrong),
        lambda: arena_standings(BALLOTS, alpha=wrong),
        lambda: arena_standings(BALLOTS, ties=wrong),
        lambda: arena_standings(BALLOTS, seed=wrong),
    ):
        with pytest.raises(ValueError, match=r"must|not|shape"):
            call()


def test_settings_that_numpy_makes_are_taken():
    table = table_of(left_chosen=[1, 0, 1, 0])
    plain = measure_agreement(table, level=0.5, n_resamples=9, seed=2**100)
    numpys = measure_agreement(table, level=np.float64(0.5), n_resamples=np.int64(9), seed=2**100)
    assert plain == numpys


def test_every_public_function_is_swept():
    this = sys.modules[__name__]
    swept = "".join(map(inspect.getsource, (test_missing_and_mixed, test_odd_arguments, this)))
    of_tables = {  # they take a table, and settings that the others share
        "agreement_report", "detect_redundancy", "fitted_margins", "imagined_pilot",
        "measure_drift", "measure_haste", "measure_length", "measure_position",
        "measure_asked", "measure_reliability", "measure_specific", "planned", "rated_models",
        "repeated_verdicts", "weighted_strengths", "weighted_verdicts", "without_selected",
    }  # fmt: skip
    of_sums = {function.__name__ for function in agreement.HEADLINE} | {"brennan_prediger"}
    for name in set(agreement.__all__) - of_tables - of_sums:
        if inspect.isfunction(getattr(agreement, name)):
            assert f"{name}(" in swept, name
