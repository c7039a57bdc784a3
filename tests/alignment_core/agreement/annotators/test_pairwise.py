"""The pairwise model: crowds of known values, and the votes of a real one."""

import numpy as np
import pytest
from scipy.special import expit

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.annotators.pairwise import fit_pairwise
from alignment_core.agreement.annotators.pairwise_step import (
    N_KINDS,
    NODES,
    PairPrior,
    Parameters,
    gradients,
    improve,
    log_probability,
)
from tests.alignment_core.agreement.reference import REFERENCE, rte_table

VERDICTS = ["first", "second", "tie"]


def _crowd(rng, n_comparisons, n_annotators, n_votes=5):
    """A table, the margins, and the annotators' values; 0 to 2 choose at random, 3 against."""
    margin = rng.normal(size=n_comparisons)
    reliability = rng.uniform(0.8, 2.2, n_annotators)
    reliability[:4] = 0, 0, 0, -1.5
    pull, width = rng.normal(0, 0.3, n_annotators), rng.uniform(0.1, 0.6, n_annotators)
    pull[4] = 1.2
    annotator = np.stack([rng.permutation(n_annotators)[:n_votes] for _ in margin]).ravel()
    comparison = np.repeat(np.arange(n_comparisons), n_votes)
    first_left = rng.integers(0, 2, len(comparison))
    z = reliability[annotator] * margin[comparison] + pull[annotator] * (2 * first_left - 1)
    first, second = expit(z - width[annotator]), expit(-z - width[annotator])
    drawn = rng.random(len(z))
    verdict = np.where(drawn < first, 0, np.where(drawn < first + second, 1, 2))
    table = JudgementTable.from_arrays(
        comparison,
        annotator,
        np.array(VERDICTS)[verdict],
        categories=VERDICTS,
        first_left=first_left,
    )
    return table, margin, np.stack([reliability, pull, width], axis=1)


def test_the_values_of_a_simulated_crowd_are_recovered_with_honest_errors():
    table, margin, values = _crowd(np.random.default_rng(1), 6000, 40)
    model = fit_pairwise(table)
    assert model.has_converged
    error = model.values - values
    assert np.sqrt((error**2).mean(axis=0)) == pytest.approx([0, 0, 0], abs=0.25)
    assert (np.abs(error) < 1.96 * model.standard_errors).mean() > 0.9
    assert np.corrcoef(model.margin, margin)[0, 1] > 0.8
    is_right = (model.p_first > 0.5) == (margin > 0)
    assert is_right.mean() > 0.8
    assert is_right[model.difficulty < 0.3].mean() > 0.95 > is_right[model.difficulty > 0.6].mean()


def test_who_chooses_at_random_against_the_rest_or_by_side_is_told_apart():
    table, _margin, _values = _crowd(np.random.default_rng(2), 6000, 40)
    model = fit_pairwise(table)
    reliability, pull, _width = model.values.T
    assert np.argmin(reliability) == 3
    assert sorted(np.argsort(reliability)[1:4].tolist()) == [0, 1, 2]
    assert np.argmax(pull) == 4


def test_the_nine_near_random_annotators_of_the_rte_votes_are_the_least_reliable():
    table, gold = rte_table()
    model = fit_pairwise(table, first="a", second="b", tie=None)
    lowest = model.annotators[np.argsort(model.values[:, 0])[:9]]
    assert sorted(lowest.tolist()) == REFERENCE["rte_votes"]["near_random_annotators"]
    said = np.where(model.p_first > 0.5, "a", "b")
    n_right = sum(
        gold[task] == verdict for task, verdict in zip(model.comparisons, said, strict=True)
    )
    assert n_right / len(gold) > 0.92


@pytest.mark.parametrize("tie", ["tie", None])
@pytest.mark.parametrize("seed", range(4))
def test_the_objective_never_falls(tie, seed):
    table, _margin, _values = _crowd(np.random.default_rng(seed), 80, 8)
    model = fit_pairwise(table, tie=tie, tolerance=1e-12, max_iterations=150)
    assert np.diff(model.objective).min() > -1e-8 * abs(model.objective[-1])
    assert (model.values[:, 2] > 0).all() if tie else not model.values[:, 2].any()


def test_probabilities_of_the_three_verdicts_add_up_to_one_and_follow_the_formula():
    parameters = Parameters(np.array([[1.2, 0.4, 0.3], [-0.5, 0.0, 1.0]]), with_ties=True)
    by_side = np.exp(log_probability(parameters)).reshape(2, 3, 3, -1)
    np.testing.assert_allclose(by_side.sum(axis=2), 1)
    at_node = NODES[12]
    assert by_side[0, 1, 0, 12] == pytest.approx(expit(1.2 * at_node + 0.4 - 0.3))  # first, left
    assert by_side[0, 2, 1, 12] == pytest.approx(expit(-1.2 * at_node + 0.4 - 0.3))  # second, left


def test_the_gradients_equal_finite_differences():
    values = np.array([[1.2, 0.4, 0.3], [-0.5, -0.2, 1.0]])
    found = gradients(Parameters(values, with_ties=True))
    for column in range(3):
        shift = np.zeros_like(values)
        shift[:, column] = 1e-6
        ends = [log_probability(Parameters(values + s, with_ties=True)) for s in (shift, -shift)]
        np.testing.assert_allclose(found[..., column], (ends[0] - ends[1]) / 2e-6, atol=1e-6)


def test_steps_repeated_end_where_no_small_change_is_better():
    counts = np.random.default_rng(3).gamma(1.0, size=(4, N_KINDS, len(NODES)))
    prior = PairPrior()
    parameters = Parameters.start(4, with_ties=True, prior=prior)
    for _ in range(30):
        parameters = improve(parameters, counts, prior)
    again = improve(parameters, counts, prior)
    np.testing.assert_allclose(again.values, parameters.values, atol=1e-8)


def test_swapping_first_and_second_mirrors_margins_and_pulls_and_keeps_the_rest():
    table, _margin, _values = _crowd(np.random.default_rng(5), 200, 8)
    model = fit_pairwise(table)
    mirrored = fit_pairwise(table, first="second", second="first")
    np.testing.assert_allclose(mirrored.p_first, 1 - model.p_first, atol=1e-6)
    np.testing.assert_allclose(mirrored.values, model.values * [1, -1, 1], atol=1e-6)
    np.testing.assert_allclose(mirrored.difficulty, model.difficulty, atol=1e-6)


def test_what_cannot_be_fitted_is_refused():
    table, _margin, _values = _crowd(np.random.default_rng(6), 20, 6)
    with pytest.raises(ValueError, match="left is none of the categories first, second, tie"):
        fit_pairwise(table, first="left")
    with pytest.raises(ValueError, match="judgements with their annotators"):
        fit_pairwise(JudgementTable.from_counts([[1, 1, 0]], categories=VERDICTS))
    with pytest.raises(ValueError, match="spreads and imagined ties"):
        PairPrior(reliability_sd=0)
