"""What the bootstrap draws: prompts taken together only where they show the same."""

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.figures.measured import clusters_of
from alignment_core.agreement.figures.sums import comparison_sums


def _table(seed=0, n_prompts=60):
    rng = np.random.default_rng(seed)
    prompt = np.repeat(np.arange(n_prompts), rng.integers(1, 4, n_prompts))
    counts = rng.multinomial(2, [0.6, 0.4], size=len(prompt))
    shuffled = rng.permutation(len(prompt))
    return JudgementTable.from_counts(counts[shuffled], prompt=prompt[shuffled])


def _by_hand(table):
    """The sums of each prompt, as a sorted list of rows."""
    sums = comparison_sums(table.counts)
    rows = [sums[table.prompts == prompt].sum(axis=0) for prompt in np.unique(table.prompts)]
    return sorted(tuple(np.round(row, 9)) for row in rows)


def _expanded(clusters):
    rows = np.repeat(clusters.sums, clusters.frequencies, axis=0)
    return sorted(tuple(np.round(row, 9)) for row in rows)


def test_prompts_that_show_the_same_are_taken_together_and_no_others():
    table = _table()
    clusters = clusters_of(table, comparison_sums)
    assert _expanded(clusters) == _by_hand(table)
    # up to three comparisons of a prompt, each with one of three patterns: 3 + 6 + 10 kinds
    assert len(clusters.frequencies) <= 19 < clusters.frequencies.sum() == 60


class _AlwaysOne:
    def integers(self, low, high, size, dtype):
        return np.ones(size, dtype=dtype)


def test_marks_that_fail_to_tell_prompts_apart_are_noticed(monkeypatch):
    table = _table()
    expected = _by_hand(table)
    monkeypatch.setattr(np.random, "default_rng", lambda seed: _AlwaysOne())
    clusters = clusters_of(table, comparison_sums)
    assert (clusters.frequencies == 1).all()
    assert _expanded(clusters) == expected


def test_intervals_over_prompts_are_wider_where_comparisons_of_a_prompt_are_alike():
    rng = np.random.default_rng(1)
    of_prompt = rng.multinomial(3, [0.5, 0.5], size=100)
    counts, prompt = np.repeat(of_prompt, 4, axis=0), np.repeat(np.arange(100), 4)
    alone = measure_agreement(JudgementTable.from_counts(counts))["percent_agreement"]
    together = measure_agreement(JudgementTable.from_counts(counts, prompt=prompt))
    ratio = (together["percent_agreement"].high - together["percent_agreement"].low) / (
        alone.high - alone.low
    )
    assert ratio == pytest.approx(2, rel=0.15)  # four times fewer things to draw
