"""Length, haste and drift, by hand and on simulated judgements."""

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, measure_position, wilson_interval
from alignment_core.agreement.biases.length_haste_drift import (
    measure_drift,
    measure_haste,
    measure_length,
)
from alignment_core.agreement.figures.shares import (
    adjusted_p_values,
    clustered_difference,
    clustered_share,
)


def test_the_share_of_longer_choices_leaves_out_ties_and_equal_lengths():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 2, 3],
        ["ann", "bob", "ann", "bob", "ann"],
        list("aabba"),
        length_difference=[40, 40, -10, None, 0],
    )
    bias = measure_length(table)
    assert bias.everybody.value == pytest.approx(2 / 3)
    assert (bias.everybody.n_judgements, bias.everybody.n_comparisons) == (3, 2)
    by_annotator = dict(bias.annotators)
    assert (by_annotator["ann"].value, by_annotator["bob"].value) == (0.5, 1)


def test_judgements_of_one_comparison_count_once_in_the_interval_of_a_share():
    # four clusters of five equal judgements, half of them hits: the variance is that of four
    # independent ones with 4/3 for small samples, so 3 are left, and t at 3 degrees costs more
    figure = clustered_share(
        np.repeat([True, False, True, False], 5),
        np.repeat(np.arange(4), 5),
        np.repeat(np.arange(4), 5),
        level=0.95,
        reason="lengths_unknown",
    )
    effective = 3 * (1.959964 / 3.182446) ** 2
    assert figure.value == 0.5
    assert (figure.low, figure.high) == pytest.approx(
        wilson_interval(effective / 2, effective), abs=1e-6
    )


def test_a_share_stays_a_share_however_few_prompts_there_are():
    for hits in ([True, True, False], [True, True, True]):
        figure = clustered_share(
            np.array(hits), np.array([0, 0, 1]), np.arange(3), level=0.95, reason="lengths_unknown"
        )
        assert 0 <= figure.low < figure.value <= figure.high <= 1
    alone = clustered_share(
        np.array([True, False]), np.zeros(2, int), np.arange(2), level=0.95, reason="x"
    )
    assert (alone.value, alone.interval_undefined) == (0.5, "one_cluster")


def test_intervals_of_a_clustered_share_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(400):
        of_prompt = np.repeat(rng.beta(2, 1, 60), 4)
        figure = clustered_share(
            rng.random(240) < of_prompt,
            np.repeat(np.arange(60), 4),
            np.arange(240),
            level=0.95,
            reason="lengths_unknown",
        )
        held.append(figure.low <= 2 / 3 <= figure.high)
    assert 0.92 < np.mean(held) < 0.98


def test_haste_is_less_time_than_anybody_needs_to_read():
    table = JudgementTable.from_arrays(
        [1, 2, 3, 4],
        ["ann"] * 4,
        list("abab"),
        seconds=[5, 20, None, 60],
        words=[140, 140, 140, None],  # 140 words at 700 a minute take 12 seconds
    )
    figure = measure_haste(table).everybody
    assert (figure.value, figure.n_judgements) == (0.5, 2)
    assert measure_haste(table, words_per_minute=100).everybody.value == 1
    with pytest.raises(ValueError, match="words_per_minute must be above 0, not 0"):
        measure_haste(table, words_per_minute=0)


def test_drift_is_the_later_agreement_less_the_earlier():
    # comparisons 1, 2 early and agreed, 3, 4 late and disputed
    table = JudgementTable.from_arrays(
        np.repeat([1, 2, 3, 4], 2),
        np.tile(["ann", "bob"], 4),
        list("aabbabba"),
        time=np.arange(8.0),
    )
    bias = measure_drift(table)
    assert bias.everybody.value == -1
    assert dict(bias.annotators)["ann"].value == -1
    assert bias.everybody.interval_undefined == "no_variation"


def _tiring_crowd(rng, late_error, n=600):
    hidden = rng.integers(0, 2, n)
    comparison = np.repeat(np.arange(n), 3)
    error = np.where(comparison < n / 2, 0.1, late_error)
    verdict = np.where(rng.random(3 * n) < error, 1 - hidden[comparison], hidden[comparison])
    time = comparison + rng.random(3 * n)
    annotator = np.tile([0, 1, 2], n)
    return JudgementTable.from_arrays(comparison, annotator, verdict, time=time)


def test_a_crowd_that_tires_is_seen_and_one_that_does_not_is_not():
    rng = np.random.default_rng(3)
    tired = measure_drift(_tiring_crowd(rng, late_error=0.3))
    agreement = [1 - 2 * e * (1 - e) for e in (0.1, 0.3)]  # of two, before and after
    assert tired.everybody.low < agreement[1] - agreement[0] < tired.everybody.high < 0
    assert all(figure.high < 0 for _key, figure in tired.annotators)
    steady = measure_drift(_tiring_crowd(rng, late_error=0.1)).everybody
    assert steady.low < 0 < steady.high


def test_intervals_of_drift_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(9)
    figures = [
        measure_drift(_tiring_crowd(rng, late_error=0.1, n=200)).everybody for _ in range(200)
    ]
    assert 0.91 < np.mean([figure.low <= 0 <= figure.high for figure in figures]) < 0.985


def test_what_was_not_recorded_is_said():
    table = JudgementTable.from_arrays([1, 1], [1, 2], ["a", "b"])
    assert measure_length(table).everybody.undefined == "lengths_unknown"
    assert measure_haste(table).everybody.undefined == "times_unknown"
    assert measure_drift(table).everybody.undefined == "times_unknown"
    alone = JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"], time=[0, 1])
    assert measure_drift(alone).everybody.undefined == "nothing_shared"
    empty = JudgementTable.from_arrays([], [], [])
    assert measure_length(empty).everybody.undefined == "no_judgements"


def test_p_values_are_adjusted_for_how_many_annotators_there_are():
    # by hand: 9 of 10 has p = 22/1024; of three, the smallest is tripled, the next has 3/2
    adjusted = adjusted_p_values(np.array([9, 5, 8, 0]), np.array([10, 10, 10, 0]))
    assert adjusted[0] == pytest.approx(3 * 22 / 1024)
    assert adjusted[2] == pytest.approx(3 / 2 * 112 / 1024)
    assert adjusted[1] == 1
    assert np.isnan(adjusted[3])


def test_among_many_even_annotators_none_leans_after_the_correction():
    rng = np.random.default_rng(11)
    n_annotators, n = 60, 80
    annotator = np.repeat(np.arange(n_annotators), n)
    is_left = rng.random(n_annotators * n) < np.where(annotator == 0, 0.8, 0.5)
    table = JudgementTable.from_arrays(
        np.arange(len(annotator)), annotator, ["a"] * len(annotator), left_chosen=is_left
    )
    bias = measure_position(table)
    misses = [f.low > 0.5 or f.high < 0.5 for _key, f in bias.annotators]
    assert sum(misses) > 1  # of sixty intervals some miss by luck
    assert [p < 0.05 for p in bias.adjusted_p] == [True] + [False] * 59


@pytest.mark.parametrize("n_prompts", [4, 6, 12])
def test_drift_of_few_prompts_is_held_though_each_was_judged_at_one_time(n_prompts):
    rng, held = np.random.default_rng(0), []
    prompt = np.repeat(np.arange(n_prompts), 10)
    for _ in range(300):
        agreement = 0.6 + rng.normal(0, 0.15, n_prompts)[prompt] + rng.normal(0, 0.2, len(prompt))
        figure = clustered_difference(
            agreement,
            (prompt >= n_prompts / 2).astype(int),
            prompt,
            np.arange(len(prompt)),
            level=0.95,
            reason="times_unknown",
        )
        held.append(figure.low <= 0 <= figure.high)
    assert np.mean(held) > 0.915  # as if one mean were taken: 0.89, 0.91 and 0.92


@pytest.mark.parametrize(("n_prompts", "reason"), [(1, "one_cluster"), (2, "few_clusters")])
def test_drift_over_two_prompts_has_no_interval(n_prompts, reason):
    prompt = np.repeat(np.arange(n_prompts), 8)
    figure = clustered_difference(
        np.linspace(0, 1, len(prompt)), np.arange(len(prompt)) % 2, prompt, prompt,
        level=0.95, reason="times_unknown",
    )  # fmt: skip
    assert (figure.low, figure.interval_undefined) == (None, reason)


@pytest.mark.parametrize("n_prompts", [2, 3, 6])
def test_shares_of_two_or_three_prompts_are_held(n_prompts):
    rng, held = np.random.default_rng(0), []
    prompt = np.repeat(np.arange(n_prompts), 10)
    for _ in range(300):
        share = rng.beta(2, 1, n_prompts)[prompt]
        figure = clustered_share(
            rng.random(len(prompt)) < share, prompt, prompt, level=0.95, reason="times_unknown"
        )
        held.append(figure.low <= 2 / 3 <= figure.high)
    assert np.mean(held) > 0.93
