"""Few prompts: the jackknife beside the bootstrap, and how often what lies between both holds."""

import numpy as np
import pytest
from scipy import stats

from alignment_core.agreement import (
    JudgementTable,
    measure_agreement,
    measure_conger,
)
from alignment_core.agreement.coefficients.coefficients import (
    HEADLINE,
    krippendorff_alpha,
    percent_agreement_by_comparison,
)
from alignment_core.agreement.figures.cluster_intervals import (
    cluster_interval,
    further,
    jackknife_interval,
)
from alignment_core.agreement.figures.intervals import Interval
from alignment_core.agreement.figures.measured import clusters_of
from alignment_core.agreement.figures.sums import Moments, comparison_sums

ONCE = np.ones(6, dtype=np.int64)


def test_the_jackknife_of_a_share_equals_the_worked_value():
    # four of six agree: s² = (4 · (1/3)² + 2 · (2/3)²) / 5 = 4/15, error √(4/15/6) = 0.210819,
    # Student's t at 5 degrees 2.570582, so 0.666667 ± 0.541927, cut at 1
    left_out = np.array([3 / 5] * 4 + [4 / 5] * 2)
    found = jackknife_interval(2 / 3, left_out, ONCE, level=0.95, weights=np.ones(6), least=0.0)
    assert found.low == pytest.approx(0.124740, abs=1e-6)
    assert (found.high, found.undefined, found.caution) == (1.0, None, "few_prompts")
    # the same by kinds of clusters and how many there are of each
    alike = jackknife_interval(
        2 / 3, left_out[3:5], np.array([4, 2]), level=0.95, weights=np.ones(2), least=0.0
    )
    assert (alike.low, alike.high) == (found.low, found.high)


def test_a_value_below_what_it_cannot_fall_below_keeps_both_ends():
    # kappas of judges whose shares come from other comparisons: s² and t as above, 0.541927
    left_out = np.array([-3 / 5] * 4 + [-4 / 5] * 2)
    for value, low in ((-1.2, -1.741927), (-0.9, -1.0)):
        found = jackknife_interval(
            value, left_out, ONCE, level=0.95, weights=np.ones(6), least=-1.0
        )
        assert (found.low, found.high) == pytest.approx((low, value + 0.541927), abs=1e-6)


def test_uneven_clusters_leave_fewer_degrees_of_freedom():
    # weights 5, 1, 1, 1, 1, 1: 10² / 30 = 3.33 equal ones, so 2.33 degrees
    left_out = np.array([0.5, 0.6, 0.6, 0.7, 0.6, 0.6])
    weights = np.array([5.0, 1, 1, 1, 1, 1])
    found = jackknife_interval(0.6, left_out, ONCE, level=0.9, weights=weights)
    error = np.sqrt(5 / 6 * (0.1**2 + 0.1**2))
    half = stats.t.ppf(0.95, 100 / 30 - 1) * error
    assert (found.low, found.high) == pytest.approx((0.6 - half, min(1.0, 0.6 + half)))


def test_the_jackknife_says_why_it_has_no_interval():
    def undefined(left_out, weights=None):
        weights = np.ones(len(left_out)) if weights is None else np.array(weights)
        once = np.ones(len(left_out), dtype=np.int64)
        return jackknife_interval(
            0.5, np.array(left_out), once, level=0.95, weights=weights
        ).undefined

    assert undefined([0.5] * 6) == "no_variation"
    assert undefined([0.5, 0.4, np.nan, 0.5, 0.5, 0.5]) == "unstable"
    assert undefined([0.5, 0.4, 0.6, 0.5, 0.5]) == "few_clusters"
    assert undefined([0.5]) == "one_cluster"
    assert undefined([0.5, 0.4, 0.6, 0.5, 0.5, 0.5, 0.5], [1, 1, 1, 1, 1, 0, 0]) == "few_clusters"


def test_each_end_is_the_further_one():
    drawn = Interval(0.2, 0.7, None, "few_prompts")
    both = further(drawn, Interval(0.3, 0.9, None), 20)
    assert (both.low, both.high, both.caution, both.method) == (
        0.2,
        0.9,
        "few_prompts",
        "bca_or_jackknife",
    )
    assert further(drawn, Interval(None, None, "unstable"), 20) is drawn
    reached = {n: further(drawn, Interval(0.1, 0.9, None), n) for n in (6, 25, 30, 40)}
    assert {n: (round(one.low, 9), round(one.high, 9)) for n, one in reached.items()} == {
        6: (0.1, 0.9),
        25: (0.125, 0.85),  # three quarters of the way
        30: (0.15, 0.8),
        40: (0.2, 0.7),
    }


@pytest.mark.parametrize(("n", "method"), [(39, "bca_or_jackknife"), (40, "bootstrap_bca")])
def test_from_forty_prompts_the_bootstrap_stands_alone(n, method):
    counts = np.array([[3, 0], [2, 1], [0, 3]] * n)[:n]
    figures = measure_agreement(JudgementTable.from_counts(counts), n_resamples=100)
    assert {figure.method for figure in figures.values()} == {method}


def test_prompts_without_a_shared_comparison_do_not_make_up_for_those_that_are_too_few():
    shared = [[2, 0], [1, 1], [0, 2], [2, 0], [1, 1]]
    table = JudgementTable.from_counts([*shared, *[[1, 0]] * 100])
    for figure in measure_agreement(table, n_resamples=50).values():
        assert figure.interval_undefined == "few_clusters"
    six = measure_agreement(JudgementTable.from_counts([*shared, [0, 2], *[[1, 0]] * 100]))
    assert {figure.caution for figure in six.values()} == {"few_prompts"}


def test_no_end_lies_where_the_figure_cannot():
    table = JudgementTable.from_counts([[2, 0], [0, 2], [1, 1], [1, 1], [1, 1], [1, 1]])
    figures = measure_agreement(table)
    assert figures["percent_agreement"].low == 0.0
    assert -1 <= figures["krippendorff_alpha"].low < 0
    assert all(figure.high <= 1 for figure in figures.values())


def _clustered(rng, n_prompts, comparisons, *, judges=3, error=0.4, shares=(0.5, 0.4, 0.1)):
    """Prompts with a hidden verdict each, for all of their comparisons."""
    prompt = np.repeat(np.arange(n_prompts), rng.integers(*comparisons, n_prompts))
    hidden = rng.choice(len(shares), n_prompts, p=shares)[prompt][:, None]
    drawn = rng.integers(0, len(shares), (len(prompt), judges))
    verdict = np.where(rng.random(drawn.shape) < error, drawn, hidden)
    return JudgementTable.from_arrays(
        np.repeat(np.arange(len(prompt)), judges),
        np.tile(np.arange(judges), len(prompt)),
        verdict.ravel(),
        categories=range(len(shares)),
        prompt=np.repeat(prompt, judges),
    )


def _truths(**design):
    large = _clustered(np.random.default_rng(0), 60_000, (3, 4), **design)
    found = measure_agreement(large, n_resamples=2) | {"conger": measure_conger(large)}
    return {name: figure.value for name, figure in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_prompts", "comparisons", "least"),
    [(6, (5, 6), 0.91), (8, (1, 21), 0.93), (12, (1, 21), 0.93), (20, (1, 11), 0.93)],
)
def test_few_and_uneven_prompts_hold_the_truth(n_prompts, comparisons, least):
    truth = _truths()
    rng = np.random.default_rng(n_prompts)
    held = {name: [] for name in truth}
    for seed in range(400):
        table = _clustered(rng, n_prompts, comparisons)
        settings = {"n_resamples": 300, "seed": seed}
        found = measure_agreement(table, HEADLINE, **settings)
        for name, figure in (found | {"conger": measure_conger(table, **settings)}).items():
            held[name].append(figure.low <= truth[name] <= figure.high)
    assert min(np.mean(found) for found in held.values()) > least  # by the bootstrap: 0.80 to 0.92


@pytest.mark.slow
@pytest.mark.parametrize(("n_prompts", "comparisons"), [(12, (5, 6)), (20, (1, 21)), (40, (1, 2))])
def test_a_rare_verdict_of_few_prompts_holds_the_truth(n_prompts, comparisons):
    design = {"error": 0.2, "shares": (0.95, 0.05)}
    truth = _truths(**design)
    rng = np.random.default_rng(n_prompts)
    held = {name: [] for name in ("krippendorff_alpha", "fleiss_kappa", "conger")}
    for seed in range(300):
        table = _clustered(rng, n_prompts, comparisons, **design)
        settings = {"n_resamples": 300, "seed": seed}
        found = measure_agreement(table, **settings) | {"conger": measure_conger(table, **settings)}
        for name, shares in held.items():
            if found[name].low is not None:
                shares.append(found[name].low <= truth[name] <= found[name].high)
    assert min(np.mean(found) for found in held.values()) > 0.93  # without that reach: 0.7


def test_the_interval_of_few_equals_its_two_parts():
    rng = np.random.default_rng(4)
    counts = rng.integers(1, 5, (12, 2))
    clusters = clusters_of(JudgementTable.from_counts(counts), comparison_sums)

    def alpha(sums):
        return krippendorff_alpha(Moments(sums, 2))

    def share(sums):
        return percent_agreement_by_comparison(Moments(sums, 2))

    for statistic in (alpha, share):
        value = statistic(clusters.total)
        resamples = clusters.sums[rng.integers(0, len(clusters.sums), (500, 12))].sum(axis=1)
        both = cluster_interval(
            clusters, resamples, statistic, level=0.95, weights=clusters.sums[:, 1], least=-1.0
        )
        alone = jackknife_interval(
            float(value),
            statistic(clusters.total - clusters.sums),
            clusters.frequencies,
            level=0.95,
            weights=clusters.sums[:, 1],
            least=-1.0,
        )
        assert both.low <= alone.low
        assert both.high >= alone.high
