"""Intervals that hold although votes are alike: by hand, written out, resampled and simulated."""

import numpy as np
import pytest
from scipy.stats import t

from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.ratings.places import places_of
from alignment_core.agreement.ratings.rating import rate_models


def _drawn(rng, n, n_models=4, *, n_prompts=None, n_annotators=10, taste=0.0):
    strength = np.linspace(0.6, -0.6, n_models)
    first = rng.integers(0, n_models, n)
    second = (first + rng.integers(1, n_models, n)) % n_models
    prompt = rng.integers(0, n_prompts or n, n)
    annotator = rng.integers(0, n_annotators, n)
    own = strength + taste * rng.normal(size=(n_annotators, n_models))
    x = own[annotator, first] - own[annotator, second]
    score = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    return strength, Matches.from_arrays(first, second, score, prompt=prompt, annotator=annotator)


def test_two_ways_of_clustering_are_as_written_out():
    _strength, matches = _drawn(np.random.default_rng(1), 400, n_prompts=60, taste=0.5)
    ratings = rate_models(matches)
    assert ratings.by_annotator
    design = np.zeros((400, 4))
    design[np.arange(400), matches.first] = 1
    design[np.arange(400), matches.second] = -1
    p = 1 / (1 + np.exp(-design @ ratings.strength))
    scores = (matches.outcome / 2 - p)[:, None] * design

    def meat(keys):
        total = np.zeros((4, 4))
        for key in set(keys):
            one = scores[[other == key for other in keys]].sum(axis=0)
            total += np.outer(one, one)
        return total

    prompt, annotator = matches.prompt.tolist(), matches.annotator.tolist()
    bread = np.linalg.pinv(design.T @ ((p * (1 - p))[:, None] * design))
    n = len(set(prompt))
    middle = (
        meat(prompt) * n / (n - 3)
        + meat(annotator) * 10 / 9
        - meat(list(zip(prompt, annotator, strict=True)))
    )
    np.testing.assert_allclose(ratings.covariance, bread @ middle @ bread, atol=1e-8)
    assert ratings.n_free == 9


def test_few_annotators_are_not_taken_for_all():
    _strength, matches = _drawn(np.random.default_rng(2), 200, n_annotators=5)
    alone = Matches.from_arrays(
        matches.first, matches.second, matches.outcome / 2, prompt=matches.prompt
    )
    assert not rate_models(matches).by_annotator
    np.testing.assert_allclose(rate_models(matches).error, rate_models(alone).error, rtol=1e-9)


def test_intervals_by_annotator_hold_the_truth_where_tastes_differ():
    rng, held, held_by_prompt = np.random.default_rng(3), [], []
    truth = _over_tastes(np.linspace(0.6, -0.6, 4), 0.8)
    for _ in range(80):
        _strength, matches = _drawn(rng, 800, n_annotators=20, taste=0.8)
        both = rate_models(matches)
        alone = Matches.from_arrays(
            matches.first, matches.second, matches.outcome / 2, prompt=matches.prompt
        )
        prompts = rate_models(alone)
        held += ((both.low <= truth) & (truth <= both.high)).tolist()
        held_by_prompt += ((prompts.low <= truth) & (truth <= prompts.high)).tolist()
    assert np.mean(held) > 0.88
    assert np.mean(held) > np.mean(held_by_prompt) + 0.1


def _over_tastes(strength, taste):
    """What is fitted to the shares of wins where everybody has strengths of their own."""
    own = strength + taste * np.random.default_rng(0).normal(size=(20_000, len(strength)))
    first, second = np.triu_indices(len(strength), 1)
    won = (1000 / (1 + np.exp(own[:, second] - own[:, first]))).mean(axis=0).round().astype(int)
    pair = np.repeat(np.arange(len(first)), 1000)
    score = np.arange(1000)[None, :] < won[:, None]
    return rate_models(Matches.from_arrays(first[pair], second[pair], score.ravel())).strength


@pytest.mark.slow
def test_the_sandwich_is_the_bootstrap_over_prompts():
    rng = np.random.default_rng(4)
    prompt = np.repeat(np.arange(250), 4)
    first = rng.integers(0, 3, 1000)
    second = (first + rng.integers(1, 3, 1000)) % 3
    pull = rng.normal(size=(250, 3))[prompt]  # prompts suit one model more than another
    x = pull[np.arange(1000), first] - pull[np.arange(1000), second] + 0.4 * (second - first)
    score = (rng.random(1000) < 1 / (1 + np.exp(-x))).astype(float)
    fitted = rate_models(Matches.from_arrays(first, second, score, prompt=prompt))
    own = [np.flatnonzero(prompt == one) for one in range(250)]
    drawn = []
    for _ in range(1500):
        rows = np.concatenate([own[one] for one in rng.integers(0, 250, 250)])
        drawn.append(
            rate_models(Matches.from_arrays(first[rows], second[rows], score[rows])).strength
        )
    np.testing.assert_allclose(np.std(drawn, axis=0), fitted.error, rtol=0.05)


def test_places_of_two_are_those_of_their_difference():
    matches = Matches.from_arrays([0] * 100, [1] * 100, [1] * 58 + [0] * 42)
    ratings = rate_models(matches)
    value, low, high = ratings.difference(0, 1)
    error = (high - low) / 2 / ratings.quantile
    expected = t.cdf(value / error, ratings.n_free)
    places = places_of(ratings)
    assert places.probability_best[0] == pytest.approx(expected, abs=0.01)
    assert places.probability_best.sum() == pytest.approx(1)
    assert (places.best.tolist(), places.worst.tolist()) == ([1, 1], [2, 2])


def test_places_far_apart_are_sure_and_unknown_without_intervals():
    rows = [(0, 1, 1)] * 400 + [(0, 1, 0)] * 20 + [(1, 2, 1)] * 400 + [(1, 2, 0)] * 20
    first, second, score = zip(*rows, strict=True)
    places = places_of(rate_models(Matches.from_arrays(first, second, score)))
    assert (places.best.tolist(), places.worst.tolist()) == ([1, 2, 3], [1, 2, 3])
    one = Matches.from_arrays(list("aab"), list("bba"), [1, 1, 1], prompt=[7, 7, 7])
    assert places_of(rate_models(one)) is None


def test_several_covariates_are_told_apart():
    rng = np.random.default_rng(7)
    first, second = np.array([0, 1] * 2000), np.array([1, 0] * 2000)
    left = rng.choice([-1.0, 1.0], 4000)
    longer = np.where(first == 0, 0.5, -0.5) + rng.normal(size=4000)
    x = 0.5 * longer + 0.3 * left
    score = (rng.random(4000) < 1 / (1 + np.exp(-x))).astype(float)
    ratings = rate_models(
        Matches.from_arrays(first, second, score, covariate=np.stack([longer, left], axis=1))
    )
    (of_length, length_error), (of_side, side_error) = ratings.covariates
    assert of_length == pytest.approx(0.5, abs=3 * length_error)
    assert of_side == pytest.approx(0.3, abs=3 * side_error)
    with pytest.raises(ArithmeticError, match="cannot be told apart"):
        rate_models(
            Matches.from_arrays(first, second, score, covariate=np.stack([left, 2 * left], axis=1))
        )
