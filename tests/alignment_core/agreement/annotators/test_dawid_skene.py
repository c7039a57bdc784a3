"""Dawid and Skene's model: against its paper, other programs, and crowds of known truth."""

from itertools import pairwise

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.annotators import dawid_skene
from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, fit_dawid_skene
from alignment_core.agreement.annotators.reliability import measure_reliability, spammer_score
from tests.alignment_core.agreement.reference import REFERENCE, pandalm_table, rte_table


def _patients():
    rows = [
        (int(patient), int(observer), answer, repeat > 0)
        for patient, answers in REFERENCE["dawid_skene_1979"]["data"].items()
        for observer, given in answers.items()
        for repeat, answer in enumerate(given)
    ]
    comparison, annotator, category, is_repeat = zip(*rows, strict=True)
    return JudgementTable.from_arrays(comparison, annotator, category, is_repeat=is_repeat)


def _simulate(rng, accuracy, n_comparisons=400, n_votes=5, n_categories=3):
    truth = rng.integers(0, n_categories, n_comparisons)
    annotator = np.stack(
        [rng.permutation(len(accuracy))[:n_votes] for _ in range(n_comparisons)]
    ).ravel()
    comparison = np.repeat(np.arange(n_comparisons), n_votes)
    is_right = rng.random(len(comparison)) < accuracy[annotator]
    wrong = (truth[comparison] + rng.integers(1, n_categories, len(comparison))) % n_categories
    category = np.where(is_right, truth[comparison], wrong)
    table = JudgementTable.from_arrays(
        comparison, annotator, category, categories=range(n_categories)
    )
    return table, truth


def test_the_patients_of_the_paper_give_its_figures_with_repeated_answers():
    model = fit_dawid_skene(_patients(), tolerance=1e-14)
    entry = REFERENCE["dawid_skene_1979"]
    assert model.prevalence == pytest.approx(entry["published"]["class_marginals"], abs=0.005)
    computed = entry["computed"]
    assert model.prevalence == pytest.approx(computed["class_marginals"], abs=1e-6)
    assert model.log_likelihood == pytest.approx(
        computed["log_likelihood_without_multinomial_constant"], abs=1e-4
    )
    assert (model.posterior.argmax(axis=1) + 1).tolist() == computed["most_likely_class"]
    for observer, rates in computed["error_rates"].items():
        np.testing.assert_allclose(model.confusion[int(observer) - 1], rates, atol=6e-5)


@pytest.mark.parametrize("name", ["pandalm_votes", "rte_votes"])
def test_real_votes_reach_the_likelihood_of_the_reference(name):
    table = pandalm_table() if name == "pandalm_votes" else rte_table()[0]
    expected = REFERENCE[name]["dawid_skene"]
    model = fit_dawid_skene(table, tolerance=1e-14)
    assert model.has_converged
    assert model.log_likelihood >= expected["log_likelihood"] - 1e-4
    prevalence = dict(zip(model.categories, model.prevalence, strict=True))
    assert prevalence == pytest.approx(expected["class_priors"], abs=1e-6)
    found = np.bincount(model.posterior.argmax(axis=1), minlength=len(model.categories))
    assert dict(zip(model.categories, found, strict=True)) == expected["label_counts"]


def test_accuracy_and_confusion_of_pandalm_annotators_equal_the_reference():
    expected = REFERENCE["pandalm_votes"]["dawid_skene"]
    model = fit_dawid_skene(pandalm_table(), tolerance=1e-14)
    accuracy = dict(zip(model.annotators.tolist(), model.accuracy, strict=True))
    assert accuracy == pytest.approx(expected["annotator_expected_accuracy"], abs=6e-5)
    for place, name in enumerate(model.annotators.tolist()):
        rows = expected["annotator_confusion"][name]
        wanted = [[rows[true][given] for given in model.categories] for true in model.categories]
        np.testing.assert_allclose(model.confusion[place], wanted, atol=6e-5)


def test_the_nine_near_random_annotators_of_the_rte_votes_are_found():
    table, gold = rte_table()
    model = fit_dawid_skene(table, prior=ConfusionPrior())
    lowest = model.annotators[np.argsort(model.accuracy)[:9]]
    assert sorted(lowest.tolist()) == REFERENCE["rte_votes"]["near_random_annotators"]
    said = np.array(model.categories)[model.posterior.argmax(axis=1)]
    n_right = sum(
        gold[task] == verdict for task, verdict in zip(model.comparisons, said, strict=True)
    )
    plurality = REFERENCE["rte_votes"]["plurality_accuracy_vs_gold_ties_count_half"]
    assert n_right / len(gold) >= 0.9275 > plurality
    busiest = {"rte-w007", "rte-w010", "rte-w013"}  # 540 votes and more each: no doubt is left
    for entry in measure_reliability(table, model):
        if entry.annotator in busiest:
            assert entry.accuracy.low < entry.chance < entry.accuracy.high < 0.53
            assert entry.informativeness < 0.001


@pytest.mark.parametrize("prior", [None, ConfusionPrior(), ConfusionPrior(right=1, wrong=0)])
@pytest.mark.parametrize("seed", range(5))
def test_the_objective_never_falls(prior, seed):
    rng = np.random.default_rng(seed)
    table, _truth = _simulate(rng, rng.uniform(0.1, 1, 12), n_comparisons=60)
    model = fit_dawid_skene(table, prior=prior, tolerance=1e-13, max_iterations=300)
    assert np.diff(model.objective).min() > -1e-9 * abs(model.objective[-1])


def test_accuracy_is_recovered_from_a_simulated_crowd_and_beats_the_majority():
    rng = np.random.default_rng(4)
    accuracy = np.array([0.95, 0.9, 0.85] + [0.36] * 9)
    table, truth = _simulate(rng, accuracy, n_comparisons=3000, n_votes=6)
    model = fit_dawid_skene(table)
    np.testing.assert_allclose(model.accuracy, accuracy, atol=0.04)
    by_model = (model.posterior.argmax(axis=1) == truth).mean()
    by_majority = (table.counts.argmax(axis=1) == truth).mean()
    assert by_model > by_majority + 0.05


def test_the_spammer_score_by_hand():
    confusion = [
        [[0.7, 0.3], [0.7, 0.3]],  # says the same whatever is true
        [[0.0, 1.0], [1.0, 0.0]],  # always swaps: of full use once known
        [[0.8, 0.2], [0.4, 0.6]],  # (0.8 + 0.6 - 1)² = 0.16
    ]
    assert spammer_score(np.array(confusion)) == pytest.approx([0, 1, 0.16])
    assert spammer_score(np.eye(3)[None]) == pytest.approx([1])
    assert spammer_score(np.ones((2, 1, 1))) == pytest.approx([0, 0])


def test_a_comparison_that_nobody_judged_has_the_prevalence_for_posterior():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 2, 3], [1, 2, 1, 2, 1], list("aabbb"), is_repeat=[0, 0, 0, 0, 1]
    )
    lone = JudgementTable(
        table.categories,
        np.array([1, 2, 3, 4]),
        np.vstack([table.counts, [0, 0]]),
        None,
        table.rows,
    )
    model = fit_dawid_skene(lone)
    np.testing.assert_allclose(model.posterior[2:], [model.prevalence] * 2)


def test_what_cannot_be_fitted_is_refused():
    counts = JudgementTable.from_counts([[2, 1]])
    with pytest.raises(ValueError, match="judgements with their annotators"):
        fit_dawid_skene(counts)
    with pytest.raises(ValueError, match="at least one judgement"):
        fit_dawid_skene(JudgementTable.from_arrays([], [], []))
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        fit_dawid_skene(pandalm_table(), tolerance=0)
    with pytest.raises(ValueError, match="cannot be negative"):
        ConfusionPrior(right=-1)


def _sparse_crowd(seed):
    """Three votes each in four categories, of forty people: plateaus and saddles are many."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 600)
    annotator = np.stack([rng.permutation(40)[:3] for _ in range(600)]).ravel()
    comparison = np.repeat(np.arange(600), 3)
    accuracy = rng.uniform(0.3, 0.9, 40)
    is_right = rng.random(1800) < accuracy[annotator]
    wrong = (truth[comparison] + rng.integers(1, 4, 1800)) % 4
    category = np.where(is_right, truth[comparison], wrong)
    return JudgementTable.from_arrays(comparison, annotator, category, categories=range(4))


def _plain_steps(table, n_steps):
    """Expectation and maximisation over a dense array, written out; its log-likelihoods."""
    votes = np.zeros((len(table.comparisons), len(table.annotators), len(table.categories)))
    np.add.at(votes, (table.rows.comparison, table.rows.annotator, table.rows.category), 1)
    posterior = table.counts / table.counts.sum(axis=1, keepdims=True)
    flat = votes.reshape(len(votes), -1)
    found = []
    for _ in range(n_steps):
        reports = (posterior.T @ flat).reshape(-1, *votes.shape[1:])
        total = reports.sum(axis=2, keepdims=True)
        confusion = np.where(total > 0, reports / np.maximum(total, 1e-300), 1 / votes.shape[2])
        logs = flat @ np.log(np.maximum(confusion, 1e-300)).reshape(len(confusion), -1).T
        logs += np.log(np.maximum(posterior.mean(axis=0), 1e-300))
        highest = logs.max(axis=1, keepdims=True)
        weights = np.exp(logs - highest)
        found.append(float((np.log(weights.sum(axis=1)) + highest[:, 0]).sum()))
        posterior = weights / weights.sum(axis=1, keepdims=True)
    return found


@pytest.mark.parametrize(
    ("seed", "n_steps"), [(0, 900), pytest.param(21, 1450, marks=pytest.mark.slow)]
)
def test_a_plateau_is_not_taken_for_the_end(seed, n_steps):
    table = _sparse_crowd(seed)
    plain = _plain_steps(table, n_steps)
    model = fit_dawid_skene(table)
    assert model.has_converged
    assert model.log_likelihood >= plain[-1] - 1e-6
    on_the_plateau = next(b for a, b in pairwise(plain) if b - a <= 1e-9 * abs(b))
    assert model.log_likelihood > on_the_plateau + 1
    assert np.diff(model.objective).min() >= 0


def test_a_saddle_is_left_for_a_higher_place():
    table = _sparse_crowd(14)
    assert _plain_steps(table, 700)[-1] == pytest.approx(-2067.392, abs=1e-3)
    assert fit_dawid_skene(table).log_likelihood > -2066.7


def test_leaps_end_where_plain_steps_end_and_never_lower_the_objective(monkeypatch):
    rng = np.random.default_rng(1)
    table, _truth = _simulate(rng, rng.uniform(0.4, 0.7, 8), n_comparisons=400)
    plain = _plain_steps(table, 3000)[-1]
    monkeypatch.setattr(dawid_skene, "_MOST_PLAIN", 10)
    model = fit_dawid_skene(table)
    assert model.has_converged
    assert len(model.objective) < 150
    assert model.log_likelihood == pytest.approx(plain, abs=1e-6)
    assert np.diff(model.objective).min() >= 0


def test_whoever_is_stopped_before_the_end_has_not_converged():
    table = _sparse_crowd(0)
    for n_steps in (1, 2, 300):
        model = fit_dawid_skene(table, max_iterations=n_steps)
        assert (model.has_converged, len(model.objective)) == (False, n_steps)
        assert model.log_likelihood == pytest.approx(model.objective[-1])


@pytest.mark.parametrize("prior", [None, ConfusionPrior()])
def test_one_category_is_certain(prior):
    table = JudgementTable.from_arrays(range(10), [1, 2] * 5, ["a"] * 10)
    model = fit_dawid_skene(table, prior=prior)
    assert (model.log_likelihood, model.has_converged) == (0, True)
    assert model.posterior.tolist() == [[1.0]] * 10
