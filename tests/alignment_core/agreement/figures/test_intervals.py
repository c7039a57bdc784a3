import time

import numpy as np
import pytest
from scipy import stats

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    measure_agreement,
    wilson_interval,
)
from alignment_core.agreement.coefficients.between import measure_between
from alignment_core.agreement.coefficients.coefficients import krippendorff_alpha, percent_agreement
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.figures.intervals import (
    Clusters,
    bca_interval,
    mid_p_interval,
    mid_p_of_draws,
    resample_sums,
)
from alignment_core.agreement.figures.measured import clusters_of
from alignment_core.agreement.figures.sums import Moments, comparison_sums, distinct_patterns


@pytest.mark.parametrize(
    ("n_successes", "n", "low", "high"),
    [
        (8, 10, 0.490162, 0.943318),  # by hand: z² = 3.841459; (8 + 1.92) / 13.84 ± 0.226578
        (0, 10, 0.0, 3.841459 / 13.841459),
        (10, 10, 10 / 13.841459, 1.0),
    ],
)
def test_wilson_interval_equals_the_worked_values(n_successes, n, low, high):
    assert wilson_interval(n_successes, n) == pytest.approx((low, high), abs=1e-6)


def test_wilson_interval_equals_that_of_scipy_at_another_level():
    expected = stats.binomtest(37, 120).proportion_ci(0.9, method="wilson")
    assert wilson_interval(37, 120, level=0.9) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("n_successes", "n", "level"), [(1, 0, 0.9), (3, 2, 0.9), (-1, 2, 0.9), (1, 2, 1)]
)
def test_wilson_interval_refuses_what_is_no_share(n_successes, n, level):
    with pytest.raises(ValueError, match=r"no share|level must lie"):
        wilson_interval(n_successes, n, level=level)


def _counts(n_comparisons, rng, n_annotators=3, error=0.2, prompts=None):
    """Votes of annotators who report a hidden verdict, shared by prompt, or else any of three."""
    size = n_comparisons if prompts is None else prompts.max() + 1
    hidden = rng.choice(3, size=size, p=[0.5, 0.4, 0.1])
    hidden = hidden if prompts is None else hidden[prompts]
    votes = np.where(
        rng.random((n_comparisons, n_annotators)) < error,
        rng.integers(0, 3, (n_comparisons, n_annotators)),
        hidden[:, None],
    )
    return (votes[:, :, None] == np.arange(3)).sum(axis=1)


def _widened(level, n_clusters):
    """The level at which the plain interval of so many clusters ends where ours does."""
    reach = stats.t.ppf((1 + level) / 2, n_clusters - 1) * np.sqrt(n_clusters / (n_clusters - 1))
    return 2 * stats.norm.cdf(reach) - 1


@pytest.mark.parametrize("coefficient", [krippendorff_alpha, percent_agreement])
@pytest.mark.parametrize(
    ("n_comparisons", "n_prompts"),
    # drawn one by one, drawn by pattern, drawn by prompt, fewer of them
    [(60, 60), (600, 600), (120, 60), (80, 40)],
)
def test_interval_equals_the_bca_bootstrap_of_scipy(coefficient, n_comparisons, n_prompts):
    counts = _counts(n_comparisons, np.random.default_rng(5))
    prompt = np.arange(n_comparisons) % n_prompts
    sums = np.zeros((n_prompts, 12))
    np.add.at(sums, prompt, comparison_sums(counts))
    expected = stats.bootstrap(
        (np.arange(n_prompts),),
        lambda index, axis: coefficient(Moments(sums[index].sum(axis=-2), 3)),
        n_resamples=20_000,
        confidence_level=_widened(0.95, n_prompts),
        method="BCa",
        vectorized=True,
        batch=1000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    table = JudgementTable.from_counts(counts, prompt=prompt)
    figure = measure_agreement(table, [coefficient], n_resamples=20_000)[coefficient.__name__]
    tolerance = 0.04 * (expected.high - expected.low)
    assert figure.low == pytest.approx(expected.low, abs=tolerance)
    assert figure.high == pytest.approx(expected.high, abs=tolerance)


def test_comparisons_of_many_pairs_leave_fewer_to_judge_the_pooled_share_by():
    # thirty comparisons of one pair, six of fifteen: (30 + 90)² / (30 + 6 · 15²) = 10.47 are left
    counts = np.array([[2, 0], [1, 1]] * 15 + [[5, 1], [3, 3]] * 3)
    table = JudgementTable.from_counts(counts)
    figure = measure_agreement(table, [percent_agreement])
    clusters = clusters_of(table, comparison_sums)
    resamples = resample_sums(clusters, n_resamples=1000, rng=np.random.default_rng(0))

    def share(sums):
        return percent_agreement(Moments(sums, 2))

    reach = stats.t.ppf(0.975, 9.47) * np.sqrt(10.47 / 9.47)
    plain = stats.t.ppf(0.975, 35) * np.sqrt(36 / 35)
    level = 2 * stats.t.cdf(reach / plain * stats.t.ppf(0.975, 35), 35) - 1
    as_wide = bca_interval(clusters, resamples, share, level=level)
    found = figure["percent_agreement"]
    assert (found.low, found.high) == pytest.approx((as_wide.low, as_wide.high), abs=2e-3)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_ends_never_change_places_however_few_and_uneven_the_clusters(n):
    rng = np.random.default_rng(n)
    for seed in range(30):
        counts = rng.integers(0, 12, (n, 2)) * rng.integers(0, 2, (n, 1)) + [1, 1]
        figures = measure_agreement(JudgementTable.from_counts(counts), seed=seed, n_resamples=100)
        for figure in figures.values():
            assert figure.low is None or figure.low <= figure.value <= figure.high


def test_interval_of_a_biased_and_skewed_statistic_equals_that_of_scipy():
    values = stats.expon.ppf((np.arange(15) + 0.5) / 15)
    clusters = Clusters(
        np.stack([np.ones(15), values, values**2], axis=1), np.ones(15, dtype=np.int64)
    )
    resamples = resample_sums(clusters, n_resamples=50_000, rng=np.random.default_rng(0))

    def variance(sums):
        return sums[..., 2] / sums[..., 0] - (sums[..., 1] / sums[..., 0]) ** 2

    ours = bca_interval(clusters, resamples, variance, level=0.9)
    expected = stats.bootstrap(
        (values,),
        np.var,
        n_resamples=50_000,
        confidence_level=_widened(0.9, 15),
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), rel=0.02)


def test_interval_holds_the_true_alpha_as_often_as_it_says():
    # two judges agree unless one of them draws anew; chance agreement comes from the shares
    error, shares = 0.2, np.array([0.5, 0.4, 0.1])
    reported = (1 - error) * shares + error / 3
    sees = (1 - error) * np.eye(3) + error / 3  # P(reported | hidden)
    agreement = float(shares @ (sees**2).sum(axis=1))
    alpha = 1 - (1 - agreement) / (1 - float(reported @ reported))
    rng = np.random.default_rng(11)
    n_replications = 600
    covered = 0
    for replication in range(n_replications):
        table = JudgementTable.from_counts(_counts(200, rng))
        figure = measure_agreement(table, [krippendorff_alpha], seed=replication)
        interval = figure["krippendorff_alpha"]
        covered += interval.low <= alpha <= interval.high
    # 95 % ± 3 standard errors of the simulation
    assert 0.95 - 0.027 <= covered / n_replications <= 0.95 + 0.027


@pytest.mark.parametrize(("n_prompts", "caution"), [(19, "few_prompts"), (20, None)])
def test_an_interval_of_few_prompts_carries_a_caution_whatever_it_is_of(n_prompts, caution):
    rng = np.random.default_rng(8)
    n = 3 * n_prompts
    comparison, annotator = np.repeat(np.arange(n), 2), np.tile([0, 1], n)
    table = JudgementTable.from_arrays(
        comparison,
        annotator,
        rng.integers(0, 2, 2 * n),
        prompt=comparison // 3,
        left_chosen=rng.random(2 * n) < 0.5,
        length_difference=rng.permuted(np.resize([-1, 1], n))[comparison],
        time=np.arange(2 * n),
    )
    report = agreement_report(table)
    found = [*report["figures"].values(), *(report[name] for name in ("position", "drift"))]
    found += [pair["cohen_kappa"] for pair in report["pairs"]["listed"]]
    found.append(measure_between(table, [0], [1])["scott_pi"].to_dict())
    found.append(measure_conger(table).to_dict())
    assert {figure["caution"] for figure in found} == {caution}


def test_keeping_a_prompt_together_widens_the_interval_of_comparisons_that_go_together():
    prompts = np.repeat(np.arange(60), 5)
    counts = _counts(300, np.random.default_rng(2), error=0.3, prompts=prompts)
    counts[: len(counts) // 2] = [3, 0, 0]  # half of the prompts are easy throughout
    widths = []
    for prompt in (None, prompts):
        table = JudgementTable.from_counts(counts, prompt=prompt)
        figure = measure_agreement(table, [percent_agreement])["percent_agreement"]
        widths.append(figure.high - figure.low)
    assert widths[1] > 1.3 * widths[0]


def test_a_higher_level_gives_a_wider_interval_and_the_seed_repeats_it():
    table = JudgementTable.from_counts(_counts(100, np.random.default_rng(3)))
    narrow, wide, again = (
        measure_agreement(table, level=level)["gwet_ac1"] for level in (0.8, 0.99, 0.8)
    )
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert narrow == again


def test_distinct_patterns_add_up_to_the_counts_by_either_way():
    rng = np.random.default_rng(4)
    few, many = rng.integers(0, 3, (50, 3)), rng.integers(0, 3, (50, 40))  # 3^40 is past int64
    for counts in (few, many):
        patterns, frequencies = distinct_patterns(counts)
        assert len(np.unique(patterns, axis=0)) == len(patterns)
        assert (frequencies @ patterns).tolist() == counts.sum(axis=0).tolist()


def test_a_million_judgements_take_seconds_at_most():
    rng = np.random.default_rng(6)
    table = JudgementTable.from_counts(_counts(200_000, rng, n_annotators=5))
    started = time.process_time()
    figures = measure_agreement(table, n_resamples=1000)
    assert time.process_time() - started < 3
    assert figures["krippendorff_alpha"].n_judgements == 1_000_000


def test_mid_p_intervals_equal_their_definition_and_meet_the_ends():
    low, high = mid_p_interval([8, 0, 10, 0], [10, 10, 10, 0])
    for x, share, above in ((8, low[0], True), (8, high[0], False)):
        tail = stats.binom.sf(x, 10, share) if above else stats.binom.cdf(x - 1, 10, share)
        assert tail + stats.binom.pmf(x, 10, share) / 2 == pytest.approx(0.025)
    assert (low[1], high[1]) == (pytest.approx(0, abs=1e-11), pytest.approx(1 - 0.05**0.1))
    assert (low[2], high[2]) == (pytest.approx(0.05**0.1), pytest.approx(1))
    assert (low[3], high[3]) == (pytest.approx(0, abs=1e-11), pytest.approx(1))


def test_mid_p_intervals_of_draws_leave_out_as_much_as_the_draws_do_on_average():
    n = np.array([10.0, 10.0, 0.0])
    same = mid_p_of_draws(np.tile([8.0, 10.0, 0.0], (5, 1)), n)
    np.testing.assert_allclose(same, mid_p_interval([8, 10, 0], [10, 10, 0]))
    # 3 and 7 of 10, taken √(1001 / 999) as far apart, which is next to nothing
    draws = np.tile([[3.0], [7.0]], (500, 1))
    low, high = mid_p_of_draws(draws, np.array([10.0]))

    def tail(share, x):
        return stats.binom.sf(x, 10, share) + stats.binom.pmf(x, 10, share) / 2

    assert (tail(low[0], 3) + tail(low[0], 7)) / 2 == pytest.approx(0.025, rel=0.02)
    assert high[0] == pytest.approx(1 - low[0])
    two = mid_p_of_draws(np.array([[4.0], [6.0]]), np.array([10.0]))  # √3 as far apart
    further = [[5 - 3**0.5], [5 + 3**0.5]]
    wanted = mid_p_of_draws(np.tile(further, (10_000, 1)), np.array([10.0]))
    np.testing.assert_allclose(two, wanted, atol=1e-4)
    with pytest.raises(ValueError, match="is no share"):
        mid_p_of_draws(np.array([[11.0]]), np.array([10.0]))


def test_mid_p_intervals_hold_a_share_near_one_where_wilsons_does_not():
    share, n = 0.9991, 190  # 0.17 expected failures
    likely = stats.binom.pmf(np.arange(n + 1), n, share)
    low, high = mid_p_interval(np.arange(n + 1), np.full(n + 1, n))
    assert likely[(low <= share) & (share <= high)].sum() > 0.95
    ends = [wilson_interval(x, n) for x in range(n + 1)]
    assert sum(p for p, (a, b) in zip(likely, ends, strict=True) if a <= share <= b) < 0.86


@pytest.mark.parametrize(("x", "n", "level"), [([3], [2], 0.9), ([-1], [2], 0.9), ([1], [2], 1)])
def test_mid_p_intervals_refuse_what_is_no_share(x, n, level):
    with pytest.raises(ValueError, match=r"no share|level must lie"):
        mid_p_interval(x, n, level=level)
