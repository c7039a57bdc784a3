"""Agreement of whole orders: hand-worked, and against scipy."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, kendalltau

from alignment_core.agreement.further.rank_orders import (
    RankColumns,
    kendall_w,
    mean_tau_b,
    mid_ranks,
    places_in_common,
    rank_orders,
)


def columns_of(*sets) -> RankColumns:
    """Sets as lists of rankings; the n-th ranking of each is the n-th annotator's."""
    rows = [
        (number, number, annotator, completion, rank)
        for number, rankings in enumerate(sets)
        for annotator, ranks in enumerate(rankings)
        for completion, rank in enumerate(ranks)
    ]
    return RankColumns(*np.array(rows, dtype=np.int64).reshape(-1, 5).T)


def test_mid_ranks_share_the_places_of_a_tie():
    np.testing.assert_array_equal(mid_ranks(np.array([[2, 1, 2, 3]])), [[2.5, 1, 2.5, 4]])


@pytest.mark.parametrize(
    ("ranks", "w"),
    [
        ([[1, 2, 3], [1, 2, 3]], 1.0),
        ([[1, 2, 3], [3, 2, 1]], 0.0),
        # sums 4, 3, 5: S = (0 + 1 + 1) 12 = … (12·50 - 3·4·3·16)/(4·3·8) = (600 - 576)/96
        ([[1, 2, 3], [3, 1, 2]], 0.25),
        # mid-ranks 1.5 1.5 3 and 1 2 3: sums 2.5 3.5 6, squares 54.5; T = 6 and 0
        # (654 - 576) / (96 - 2·6) = 78/84
        ([[1, 1, 2], [1, 2, 3]], 78 / 84),
    ],
)
def test_kendall_w_by_hand(ranks, w):
    assert kendall_w(np.array(ranks)) == pytest.approx(w, abs=1e-12)


def test_kendall_w_is_friedmans_statistic_over_its_greatest():
    rng = np.random.default_rng(4)
    for _case in range(20):
        ranks = rng.integers(1, 5, size=(5, 4))
        if (ranks == ranks[:, :1]).all():
            continue
        chi2 = friedmanchisquare(*ranks.T).statistic
        assert kendall_w(ranks) == pytest.approx(chi2 / (5 * 3), abs=1e-12)


def test_tau_b_is_scipys_mean_over_pairs_of_rankings():
    rng = np.random.default_rng(5)
    for _case in range(20):
        ranks = rng.integers(1, 4, size=(4, 5))
        pairs = [kendalltau(a, b).statistic for a, b in itertools.combinations(ranks, 2)]
        expected = np.nanmean(pairs)
        assert mean_tau_b(ranks) == pytest.approx(expected, abs=1e-12)


def test_the_same_order_of_nine_has_no_more_than_all_agreement():
    assert mean_tau_b(np.array([range(1, 10)] * 2)) == 1


def test_where_all_is_tied_nothing_is_said():
    tied = np.ones((3, 4), dtype=int)
    assert math.isnan(kendall_w(tied))
    assert math.isnan(mean_tau_b(tied))


def test_each_set_counts_once_and_n_counts_rankings():
    agreeing = [[1, 2, 3]] * 4
    opposed = [[1, 2, 3], [3, 2, 1]]
    alone = [[1, 2, 3]]
    report = rank_orders(columns_of(agreeing, opposed, alone))
    assert (report["n_sets"], report["n_rankings"]) == (3, 7)
    tau = report["tau_b"]
    assert tau["value"] == pytest.approx((1 - 1) / 2)
    assert (tau["n_comparisons"], tau["n_judgements"], tau["n_pairs"]) == (2, 6, 7)
    assert report["kendall_w"]["value"] == pytest.approx(0.5)
    assert tau["interval_undefined"] == "few_clusters"  # two prompts


def test_sets_of_one_prompt_are_one_cluster():
    sets = [[[1, 2, 3], [1, 3, 2]], [[1, 2, 3], [2, 1, 3]]] * 12
    columns = columns_of(*sets)
    many = rank_orders(columns)["tau_b"]
    few = rank_orders(
        RankColumns(
            columns.ranked_set, columns.prompt // 4, columns.annotator, columns.completion,
            columns.rank,
        )
    )["tau_b"]  # fmt: skip
    assert many["value"] == few["value"]
    assert many["interval_undefined"] == few["interval_undefined"] == "no_variation"
    rng = np.random.default_rng(1)
    noisy = [[list(rng.permutation(4)), list(rng.permutation(4))] for _n in range(40)]
    noisy = [[[r + 1 for r in one] for one in pair] for pair in noisy]
    columns = columns_of(*noisy)
    figure = rank_orders(columns)["tau_b"]
    assert figure["low"] < figure["value"] < figure["high"]
    repeated = columns_of(*[one for one in noisy for _again in range(3)])
    prompts = RankColumns(
        repeated.ranked_set, repeated.prompt // 3, repeated.annotator, repeated.completion,
        repeated.rank,
    )  # fmt: skip
    again = rank_orders(prompts)["tau_b"]  # thrice the rankings, no more prompts
    assert again["value"] == pytest.approx(figure["value"])
    assert (again["low"], again["high"]) == pytest.approx((figure["low"], figure["high"]))


def test_places_in_common_are_twice_the_mid_ranks_in_the_largest_set():
    # of 4: 2 1 2 4 has mid-ranks 2.5 1 2.5 4. Of 3, a place j of 6 from the left is 4 j / 3 of 8:
    # 1 2 3 lies at 1, 3, 5 of 6, so at 4/3, 4, 20/3 of 8, and one more: 2, 5, 8
    columns = columns_of([[2, 1, 2, 4]], [[1, 2, 3], [1, 1, 1]])
    shuffled = np.random.default_rng(3).permutation(len(columns.rank))
    found = np.empty(len(shuffled), dtype=int)
    found[shuffled] = places_in_common(
        RankColumns(*(getattr(columns, name)[shuffled] for name in RankColumns.__annotations__))
    )
    assert found.tolist() == [5, 2, 5, 8, 2, 5, 8, 5, 5, 5]


def test_alpha_of_chance_is_nothing_though_sets_differ_in_size():
    rng = np.random.default_rng(0)
    sets = [[list(rng.permutation(k) + 1) for _ in range(3)] for k in [3, 9] * 150]
    assert rank_orders(columns_of(*sets), n_resamples=100)["alpha"]["value"] == pytest.approx(
        0, abs=0.05
    )


def test_alpha_is_the_same_where_every_order_is_read_backwards():
    rng = np.random.default_rng(1)
    sets = [[list(rng.permutation(k) + 1), [1] + [2] * (k - 1)] for k in [4, 9] * 20]
    turned = [[[10 - rank for rank in ranks] for ranks in one] for one in sets]
    forwards, backwards = (
        rank_orders(columns_of(*which), n_resamples=100)["alpha"]["value"]
        for which in (sets, turned)
    )
    assert forwards == pytest.approx(backwards, abs=1e-12)


def test_ordinal_alpha_of_ranks_by_hand():
    # two annotators, one set of three: 1 2 3 and 1 3 2. Values 1: 2, 2: 2, 3: 2 of n = 6.
    # ordinal δ²: (1, 2) = (2/2 + 2/2)² = 4, (2, 3) = 4, (1, 3) = (1 + 2 + 1)² = 16
    # observed: four ordered coincidences of (2, 3) over 6: 4·4/6 = 8/3
    # expected: Σ n_c n_k δ² / (n (n - 1)) = 2·(4·4 + 4·4 + 4·16) / 30 = 6.4; α = 1 - (8/3)/6.4
    report = rank_orders(columns_of([[1, 2, 3], [1, 3, 2]]))
    assert report["alpha"]["value"] == pytest.approx(1 - (8 / 3) / 6.4)


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        ([], "no_judgements"),
        ([[[1, 2, 3]]], "single_annotator"),
        ([[[1, 1, 1], [1, 1, 1]]], "all_ties"),
    ],
)
def test_what_cannot_be_said_has_its_reason(sets, why):
    figure = rank_orders(columns_of(*sets))["tau_b"]
    assert (figure["value"], figure["undefined"]) == (None, why)


def test_rankings_of_different_completions_are_refused():
    columns = columns_of([[1, 2, 3], [1, 2, 3]])
    with pytest.raises(ValueError, match="different completions"):
        rank_orders(
            RankColumns(
                columns.ranked_set, columns.prompt, columns.annotator,
                np.array([0, 1, 2, 0, 1, 5]), columns.rank,
            )
        )  # fmt: skip
