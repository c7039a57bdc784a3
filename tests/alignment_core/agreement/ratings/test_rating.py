"""Ratings of models: published, by direct maximisation, and of simulated matches."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from alignment_core.agreement.ratings.matches import Matches, NotConnectedError
from alignment_core.agreement.ratings.rating import rate_models
from tests.alignment_core.agreement.reference import REFERENCE


def _baseball():
    entry = REFERENCE["bradley_terry_baseball_1987"]
    wins = np.array(entry["data"])
    first, second = np.indices(wins.shape).reshape(2, -1)
    size = wins.ravel()
    teams = np.array(entry["teams"])
    return Matches.from_arrays(
        np.repeat(teams[first], size), np.repeat(teams[second], size), np.ones(size.sum())
    )


def _probabilities(ties, x, nu):
    """Of first, second and tie, written out as in the papers, with π = exp(β) and θ = exp(ν)."""
    if ties == "rao_kupper":
        first, second = expit(x - nu), expit(-x - nu)
        return first, second, 1 - first - second
    odds = np.exp(np.stack([x / 2, -x / 2, np.full_like(x, nu)]))
    return odds / odds.sum(axis=0)


def _simulate(rng, ties, n, n_models, pull=0.0):
    strength = rng.normal(scale=0.7, size=n_models)
    strength -= strength.mean()
    first = rng.integers(0, n_models, n)
    second = (first + rng.integers(1, n_models, n)) % n_models
    covariate = rng.normal(size=n)
    x = strength[first] - strength[second] + pull * covariate
    p_first, p_second, _tie = _probabilities(ties, x, 0.4)
    drawn = rng.random(n)
    score = np.where(drawn < p_first, 1, np.where(drawn < p_first + p_second, 0, 0.5))
    return strength, (first, second, score), covariate


def test_the_baseball_season_has_the_published_ratings():
    entry = REFERENCE["bradley_terry_baseball_1987"]
    ratings = rate_models(_baseball())
    names = ratings.models.tolist()
    last = ratings.strength[names.index("Baltimore")]
    found = dict(zip(names, ratings.strength - last, strict=True))
    assert found == pytest.approx(entry["computed"], abs=1e-6)
    assert {name: round(value, 3) for name, value in found.items()} == pytest.approx(
        entry["published"], abs=1e-9
    )
    assert ratings.tie is None


def test_two_models_by_hand():
    # 3 wins to 1: β_a - β_b = ln 3; the information is 4 · ¾ · ¼, so the error is √(4/3)
    ratings = rate_models(Matches.from_arrays(list("aaab"), list("bbba"), [1, 1, 1, 1]))
    value, low, high = ratings.difference(0, 1)
    assert value == pytest.approx(np.log(3))
    assert (high - low) / 2 == pytest.approx(3.182446 * 4 / 3, rel=1e-5)  # t, 3 degrees
    assert ratings.strength.sum() == pytest.approx(0)


@pytest.mark.parametrize("ties", ["rao_kupper", "davidson"])
def test_ties_and_a_covariate_equal_direct_maximisation_of_the_likelihood(ties):
    _strength, (first, second, score), covariate = _simulate(
        np.random.default_rng(2), ties, 400, 5, pull=0.5
    )
    ratings = rate_models(Matches.from_arrays(first, second, score, covariate=covariate), ties=ties)

    def minus_log_likelihood(values):
        x = values[first] - values[second] + values[5] * covariate
        p_first, p_second, p_tie = _probabilities(ties, x, np.exp(values[6]))
        p = np.where(score == 1, p_first, np.where(score == 0, p_second, p_tie))
        return -np.log(p).sum() + values[:5].sum() ** 2

    found = minimize(minus_log_likelihood, np.zeros(7), method="BFGS", options={"gtol": 1e-6})
    np.testing.assert_allclose(ratings.strength, found.x[:5], atol=1e-4)
    assert ratings.covariates[0][0] == pytest.approx(found.x[5], abs=1e-4)
    assert ratings.tie[0] == pytest.approx(np.exp(found.x[6]), abs=1e-4)
    assert ratings.log_likelihood == pytest.approx(-found.fun, abs=1e-6)


@pytest.mark.parametrize("ties", ["rao_kupper", "davidson"])
def test_intervals_hold_the_truth_about_as_often_as_they_say(ties):
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):
        strength, arrays, _covariate = _simulate(rng, ties, 600, 8)
        ratings = rate_models(Matches.from_arrays(*arrays), ties=ties)
        held += ((ratings.low <= strength) & (strength <= ratings.high)).tolist()
    assert 0.92 < np.mean(held) < 0.98


def test_judgements_of_one_prompt_that_say_the_same_widen_the_interval():
    _strength, arrays, _covariate = _simulate(np.random.default_rng(6), "davidson", 300, 4)
    alone = rate_models(Matches.from_arrays(*arrays))
    copied = [np.repeat(column, 4) for column in arrays]
    taken_apart = rate_models(Matches.from_arrays(*copied))
    together = rate_models(Matches.from_arrays(*copied, prompt=np.repeat(np.arange(300), 4)))
    np.testing.assert_allclose(together.strength, alone.strength, atol=1e-6)
    np.testing.assert_allclose(together.error, alone.error, rtol=1e-6)
    np.testing.assert_allclose(taken_apart.error, alone.error / 2, rtol=0.01)


def test_length_is_told_apart_from_strength():
    rng = np.random.default_rng(7)
    first, second = np.array([0, 1] * 2000), np.array([1, 0] * 2000)
    longer = np.where(first == 0, 1.0, -1.0) + rng.normal(size=4000)  # model 0 writes more
    score = (rng.random(4000) < expit(0.8 * longer)).astype(float)  # and only length counts
    plain = rate_models(Matches.from_arrays(first, second, score)).difference(0, 1)
    fair = rate_models(Matches.from_arrays(first, second, score, covariate=longer))
    assert plain[1] > 0.5
    assert fair.difference(0, 1)[1] < 0 < fair.difference(0, 1)[2]
    assert fair.covariates[0][0] == pytest.approx(0.8, abs=0.15)


def test_models_that_never_met_or_never_lost_are_named():
    with pytest.raises(
        NotConnectedError, match="no match joins a, b to the other models"
    ) as caught:
        rate_models(Matches.from_arrays(list("abbacd"), list("baabdc"), [1, 1, 1, 0, 1, 1]))
    assert sorted(map(sorted, caught.value.groups)) == [["a", "b"], ["c", "d"]]
    with pytest.raises(NotConnectedError, match="c never lost to any of the other models"):
        rate_models(Matches.from_arrays(list("abcc"), list("baab"), [1, 1, 1, 1]))
    with pytest.raises(NotConnectedError, match="c never won against any of the other models"):
        rate_models(Matches.from_arrays(list("abcc"), list("baab"), [1, 1, 0, 0]))
    ties_join = Matches.from_arrays(list("abcc"), list("baab"), [1, 1, 0.5, 0.5])
    assert len(rate_models(ties_join).models) == 3


@pytest.mark.parametrize("ties", ["rao_kupper", "davidson"])
@pytest.mark.parametrize(
    ("first", "second", "score", "highest"),
    [
        ("aaa", "bbb", [1, 1, 0.5], "a"),
        ("aaa", "bbb", [0, 0, 0.5], "b"),
        ("abc", "bca", [1, 0.5, 0.5], "a"),
        ("abcd", "bcda", [1, 0.5, 1, 0.5], "a, d"),
    ],
)
def test_wins_that_ties_alone_answer_do_not_bound_a_tie(ties, first, second, score, highest):
    matches = Matches.from_arrays(list(first), list(second), score)
    with pytest.raises(NotConnectedError) as refused:
        rate_models(matches, ties=ties)
    assert (refused.value.reason, refused.value.groups) == ("one_sided", [])
    assert np.isfinite(rate_models(matches, ties="bradley_terry").strength).all()


@pytest.mark.parametrize("ties", ["rao_kupper", "davidson"])
@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ("aaaa", "bbbb", [1, 1, 0.5, 0]),
        ("abc", "bca", [1, 1, 0.5]),
        ("abbc", "baca", [1, 0.5, 1, 1]),
    ],
)
def test_a_circle_of_more_wins_than_ties_bounds_a_tie(ties, first, second, score):
    found = rate_models(Matches.from_arrays(list(first), list(second), score), ties=ties)
    assert np.abs(found.strength).max() < 5


@pytest.mark.parametrize(
    ("score", "covariate", "message"),
    [
        ([0.5, 0.5, 0.5], None, "every match is a tie"),
        ([1, 0, 1], [1.0, -1.0, 1.0], "separates wins from losses"),
        ([1, 0, 1], [2.0, 2.0, 2.0], "cannot be told apart"),
        ([1, 0, 1], [0.0, 0.0, 0.0], "cannot be told apart"),
    ],
)
def test_ratings_without_one_likeliest_value_are_refused_not_cut_off(score, covariate, message):
    matches = Matches.from_arrays(list("aaa"), list("bbb"), score, covariate=covariate)
    with pytest.raises(ArithmeticError, match=message):
        rate_models(matches)


def test_too_few_prompts_give_values_without_intervals():
    one = rate_models(Matches.from_arrays(list("aab"), list("bba"), [1, 1, 1], prompt=[7, 7, 7]))
    assert one.interval_undefined == "one_cluster"
    assert one.strength[0] == pytest.approx(np.log(2) / 2)
    assert np.isnan([*one.error, *one.low, *one.difference(0, 1)[1:]]).all()
    two = Matches.from_arrays(list("abc") * 2, list("bca") * 2, [1] * 6, prompt=[1, 1, 1, 2, 2, 2])
    assert rate_models(two).interval_undefined == "unstable"
    pair = Matches.from_arrays(list("abab"), list("baba"), [1, 1, 1, 0], prompt=[1, 1, 2, 2])
    assert rate_models(pair).interval_undefined == "few_clusters"


@pytest.mark.slow
@pytest.mark.parametrize(("n_models", "n_prompts"), [(2, 4), (4, 8), (4, 12)])
def test_intervals_of_few_prompts_hold_the_truth_about_as_often_as_they_say(n_models, n_prompts):
    rng, held = np.random.default_rng(1), []
    strength, prompt = np.linspace(-0.7, 0.7, n_models), np.repeat(np.arange(n_prompts), 6)
    for _ in range(120):
        first = rng.integers(0, n_models, n_prompts)[prompt]
        second = (first + rng.integers(1, n_models, n_prompts)[prompt]) % n_models
        x = strength[first] - strength[second] + rng.normal(0, 0.5, n_prompts)[prompt]
        score = (rng.random(len(x)) < expit(x)).astype(float)
        matches = Matches.from_arrays(first, second, score, prompt=prompt)
        try:
            ratings = rate_models(matches)
        except NotConnectedError:
            continue
        if len(ratings.models) == n_models:
            held += ((ratings.low <= strength) & (strength <= ratings.high)).tolist()
    assert len(held) > 200
    assert np.mean(held) > 0.89  # by the normal distribution: 0.84, 0.80 and 0.86


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((["a"], ["a"], [1]), {}, "entry 0: a meets itself"),
        ((["a", "b"], ["b", "a"], [1, 0.7]), {}, r"score\[1\] is 0.7, not 0, 0.5 or 1"),
        ((["a"], ["b", "a"], [1]), {}, "second has 2 entries, first has 1"),
        ((["a"], ["b"], [1, 0]), {}, "score has 2 entries, first has 1"),
        ((["a"], ["b"], [1]), {"covariate": [np.nan]}, r"covariate\[0\] is nan, not finite"),
        ((["a"], ["b"], [1]), {"prompt": [1, 2]}, "prompt has 2 entries"),
    ],
)
def test_matches_that_cannot_be_right_are_refused(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        Matches.from_arrays(*arguments, **settings)


def test_settings_that_cannot_be_right_are_refused():
    with pytest.raises(ValueError, match="ties are 'elo', not one of bradley_terry"):
        rate_models(_baseball(), ties="elo")
    with pytest.raises(ValueError, match="level must lie"):
        rate_models(_baseball(), level=1)
