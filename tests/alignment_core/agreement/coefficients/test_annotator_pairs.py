import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, measure_pairs
from tests.alignment_core.agreement.reference import table_of_contingency


def test_pairs_that_share_most_come_first_and_the_rest_is_counted():
    # ann and bob share 3, bob and cat 2, ann and cat 1
    rows = [(1, "ann"), (1, "bob"), (2, "ann"), (2, "bob"), (3, "ann"), (3, "bob")]
    rows += [(4, "bob"), (4, "cat"), (5, "bob"), (5, "cat"), (6, "ann"), (6, "cat")]
    comparison, annotator = zip(*rows, strict=True)
    table = JudgementTable.from_arrays(comparison, annotator, ["x", "y"] * 6)
    matrix = measure_pairs(table, max_pairs=2)
    assert [(pair.first, pair.second) for pair in matrix.pairs] == [("ann", "bob"), ("bob", "cat")]
    assert [pair.cohen_kappa.n_comparisons for pair in matrix.pairs] == [3, 2]
    assert matrix.n_sharing == 3


def test_the_interval_of_cohen_kappa_is_near_the_published_large_sample_one():
    # Fleiss, Cohen & Everitt 1969, the variance of unweighted kappa, written out
    table = table_of_contingency([[53, 5, 2], [11, 14, 5], [1, 6, 3]])
    (pair,) = measure_pairs(table, n_resamples=4000).pairs
    half = (pair.cohen_kappa.high - pair.cohen_kappa.low) / 2
    cells = np.array([[53, 5, 2], [11, 14, 5], [1, 6, 3]]) / 100
    rows, columns = cells.sum(axis=1), cells.sum(axis=0)
    kappa, chance = pair.cohen_kappa.value, rows @ columns
    diagonal = (np.diag(cells) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum()
    crossed = cells * (columns[:, None] + rows[None, :]) ** 2
    off = (1 - kappa) ** 2 * (crossed.sum() - np.trace(crossed))
    variance = (diagonal + off - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2 / 100
    assert half == pytest.approx(1.96 * np.sqrt(variance), rel=0.08)


def test_a_pair_has_the_same_figures_whoever_else_is_in_the_table():
    rng = np.random.default_rng(1)
    comparison, annotator = np.divmod(np.arange(200), 4)
    category = rng.integers(0, 2, 200)
    table = JudgementTable.from_arrays(comparison, annotator, category)
    two = annotator < 2
    alone = JudgementTable.from_arrays(comparison[two], annotator[two], category[two])
    together = {(pair.first, pair.second): pair for pair in measure_pairs(table).pairs}
    assert measure_pairs(alone).pairs == (together[0, 1],)


def test_pairs_keep_prompts_together():
    rng = np.random.default_rng(9)
    prompt = np.repeat(np.arange(30), 20)
    agree = (rng.random(30) < 0.6)[prompt]  # a prompt's comparisons agree or differ as one
    first = rng.integers(0, 2, 600)
    category = np.concatenate([first, np.where(agree, first, 1 - first)])
    comparison, annotator = np.tile(np.arange(600), 2), np.repeat([0, 1], 600)
    halves = []
    for prompts in (None, np.tile(prompt, 2)):
        table = JudgementTable.from_arrays(comparison, annotator, category, prompt=prompts)
        (pair,) = measure_pairs(table).pairs
        halves.append(pair.percent_agreement.high - pair.percent_agreement.low)
    assert halves[1] > 3 * halves[0]  # √20 for wholly dependent comparisons
