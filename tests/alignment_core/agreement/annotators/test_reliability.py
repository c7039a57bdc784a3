"""How reliable people are: intervals by hand, at the ends, and against crowds of known truth."""

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, fit_dawid_skene
from alignment_core.agreement.annotators.reliability import measure_reliability
from alignment_core.agreement.reading import read_reliability


def _measure(table, **settings):
    return measure_reliability(table, fit_dawid_skene(table, prior=ConfusionPrior()), **settings)


def _crowd(rng, accuracy, n, shares=(0.5, 0.5), n_votes=None):
    """Everybody on every comparison, or some n_votes of them; wrong verdicts are drawn evenly."""
    people, q = len(accuracy), len(shares)
    truth = rng.choice(q, n, p=shares)
    annotator = rng.permuted(np.tile(np.arange(people), (n, 1)), axis=1)[:, :n_votes]
    is_right = rng.random(annotator.shape) < np.asarray(accuracy)[annotator]
    wrong = (truth[:, None] + rng.integers(1, q, annotator.shape)) % q
    verdict = np.where(is_right, truth[:, None], wrong)
    comparison = np.repeat(np.arange(n), annotator.shape[1])
    return JudgementTable.from_arrays(comparison, annotator.ravel(), verdict.ravel())


def _unanimous(n, people=3):
    verdict = np.repeat(np.arange(n) % 2, people)
    return JudgementTable.from_arrays(
        np.repeat(np.arange(n), people), np.tile(np.arange(people), n), verdict
    )


@pytest.mark.parametrize("n", [40, 500])
def test_the_interval_of_the_unanimous_narrows_with_how_many_they_judged(n):
    for entry in _measure(_unanimous(n)):
        figure = entry.accuracy
        assert figure.value == pytest.approx(1, abs=1e-4)
        # nobody errs: half of lowⁿ is left below
        assert figure.low == pytest.approx(0.05 ** (1 / n), abs=0.2 / n)
        assert figure.high == pytest.approx(1)
        assert read_reliability(figure, entry.chance).key == "reliability_shown"


def test_nobody_else_means_nothing_known_however_much_somebody_judged():
    table = JudgementTable.from_arrays(
        [1, 1, *range(10, 400)], ["ann", "bob", *["cat"] * 390], ["a", "b", *["a", "b"] * 195]
    )
    cat = _measure(table)[2]
    assert (cat.accuracy.low, cat.accuracy.high) == (0, 1)
    assert read_reliability(cat.accuracy, cat.chance).key == "reliability_unproven"


@pytest.mark.parametrize("annotator", [[1, 1, 1], [1, 2, 3]])
def test_where_nothing_is_shared_nothing_is_known(annotator):
    for entry in _measure(JudgementTable.from_arrays([1, 2, 3], annotator, list("aba"))):
        assert (entry.accuracy.low, entry.accuracy.high) == (0, 1)


def test_two_people_who_differ_may_each_be_the_one_who_is_right():
    # a fifth differs: one of them may be right throughout, the other then errs in a fifth
    rng = np.random.default_rng(1)
    for entry in _measure(_crowd(rng, [0.9, 0.9], 400)):
        assert entry.accuracy.low < 0.84
        assert entry.accuracy.high > 0.94


def test_intervals_are_the_same_for_a_seed_and_wider_for_a_higher_level():
    table = _crowd(np.random.default_rng(2), [0.9, 0.8, 0.7], 100)
    narrow, again, wide = (_measure(table, level=level) for level in (0.8, 0.8, 0.99))
    assert narrow == again
    for one, other in zip(narrow, wide, strict=True):
        assert other.accuracy.low < one.accuracy.low < one.accuracy.high < other.accuracy.high


def test_the_best_of_three_who_differ_is_held():
    """Their draws lie far out on one side alone: even-sided intervals missed one in four."""
    rng = np.random.default_rng(2)
    accuracy = [0.6, 0.8, 0.95]
    held = []
    for seed in range(20):
        best = _measure(_crowd(rng, accuracy, 200), seed=seed)[2].accuracy
        held.append(best.low <= 0.95 <= best.high)
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("accuracy", [0.99, 0.995, 0.999])
def test_the_best_are_told_apart_from_chance_and_their_accuracy_is_in_the_interval(accuracy):
    rng = np.random.default_rng(3)
    held = []
    for seed in range(12):
        for entry in _measure(_crowd(rng, [accuracy] * 3, 200), seed=seed):
            held.append(entry.accuracy.low <= accuracy <= entry.accuracy.high)
            assert read_reliability(entry.accuracy, entry.chance).key == "reliability_shown"
            assert entry.accuracy.high - entry.accuracy.low < 0.08
    assert np.mean(held) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("accuracy", "n", "n_votes", "shares", "n_crowds"),
    [
        ([0.5] * 3, 200, None, (0.5, 0.5), 6),  # coins: nothing tells who is right; slow to fit
        ([0.6] * 5, 200, None, (0.5, 0.5), 6),
        ([0.6, 0.8, 0.95], 200, None, (0.5, 0.5), 20),
        ([0.85] * 3, 200, None, (0.45, 0.45, 0.1), 20),
        (np.linspace(0.5, 0.999, 15), 300, 5, (0.5, 0.5), 4),
    ],
)
def test_intervals_of_accuracy_hold_the_truth_at_least_as_often_as_they_say(
    accuracy, n, n_votes, shares, n_crowds
):
    rng = np.random.default_rng(7)
    held = []
    for seed in range(n_crowds):
        figures = [
            entry.accuracy
            for entry in _measure(_crowd(rng, accuracy, n, shares, n_votes), seed=seed)
        ]
        held += [f.low <= p <= f.high for f, p in zip(figures, accuracy, strict=True)]
    assert np.mean(held) > 0.88
