"""Standings of an arena: counted by hand, simulated, and of two copies of one model."""

import numpy as np
import pytest

from alignment_core.agreement.further.arena import arena_standings
from alignment_core.agreement.further.ballots import BOTH_BAD, FIRST, SECOND, TIE, Ballots
from alignment_core.agreement.ratings.e_process import decided_after
from alignment_core.agreement.ratings.rating import rate_models


def _ballots(rows, names="abc"):
    first, second, verdict, prompt = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return Ballots(list(names), first, second, verdict, prompt, np.arange(n) % 7, np.zeros((n, 0)))


def _drawn(rng, n, strength, *, tie=0.4, bad=0.1, left=0.3, longer=0.0, n_prompts=None):
    """Votes with ties, both bad, a lean to the left and to length; people judge at random."""
    k = len(strength)
    first = rng.integers(0, k, n)
    second = (first + rng.integers(1, k, n)) % k
    is_left, length = rng.choice([-1.0, 1.0], n), rng.normal(size=n)
    x = strength[first] - strength[second] + left * is_left + longer * length
    p_first, p_second = 1 / (1 + np.exp(tie - x)), 1 / (1 + np.exp(tie + x))
    u = rng.random(n)
    verdict = np.where(u < p_first, FIRST, np.where(u < p_first + p_second, SECOND, TIE))
    verdict[rng.random(n) < bad] = BOTH_BAD
    return Ballots(
        [f"model {i}" for i in range(k)],
        first,
        second,
        verdict,
        rng.integers(0, n_prompts or n, n),
        rng.integers(0, 12, n),
        np.stack([is_left, length], axis=1),
        ("position", "length"),
    )


def test_votes_are_counted_by_hand():
    rows = [
        (0, 1, FIRST, 1),
        (1, 0, FIRST, 2),
        (1, 0, SECOND, 3),
        (0, 1, TIE, 4),
        (1, 0, BOTH_BAD, 5),
        (1, 0, FIRST, 1),  # a second vote on prompt 1: counted, but no evidence of its own
    ]
    found = arena_standings(_ballots(rows, "ab"))
    (pair,) = found["pairs"]
    assert (pair["first"], pair["second"]) == (0, 1)
    counted = {key: pair[key] for key in ("n_wins", "n_losses", "n_ties", "n_both_bad")}
    assert counted == {"n_wins": 2, "n_losses": 2, "n_ties": 1, "n_both_bad": 1}
    decision = pair["decision"]
    assert (decision["n_first"], decision["n_second"], decision["winner"]) == (2, 1, None)
    # 8 · (10 · 11 · 10) / (20 · 21 · 22): one stake for two wins and a loss
    assert decision["e_value"] == pytest.approx(8 * 1100 / 9240)
    assert (found["n_ties"], found["n_both_bad"], found["n_judgements"]) == (1, 1, 6)
    a = next(one for one in found["contestants"] if one["name"] == "a")
    assert (a["n_wins"], a["n_losses"]) == (2, 2)
    assert a["both_bad"]["value"] == pytest.approx(1 / 6)
    assert a["strength"]["value"] == pytest.approx(0)
    assert found["fragility"]["of_votes"] == 5


def test_standings_are_those_of_the_model_of_ratings():
    ballots = _drawn(np.random.default_rng(1), 1500, np.array([0.1, 0.8, -0.5, 0.0]), longer=0.5)
    found = arena_standings(ballots)
    ratings = rate_models(ballots.matches())
    assert [one["contestant"] for one in found["contestants"]] == [1, 0, 3, 2]
    for one in found["contestants"]:
        i = one["contestant"]
        assert one["strength"]["value"] == pytest.approx(ratings.strength[i])
        assert one["strength"]["low"] == pytest.approx(ratings.low[i])
    assert found["by_annotator"]
    best = found["contestants"][0]
    assert best["probability_best"] > 0.99
    assert best["places"] == [1, 1]
    position, length = found["covariates"]
    assert position["effect"]["low"] < 0.3 < position["effect"]["high"]
    assert length["effect"]["low"] < 0.5 < length["effect"]["high"]
    pair = next(one for one in found["pairs"] if {one["first"], one["second"]} == {1, 2})
    assert pair["decision"]["winner"] == 1
    assert pair["stands_among_all"]
    assert found["fragility"]["leader"] == 1


def test_what_settles_nothing_says_why():
    nobody = _ballots([(0, 1, BOTH_BAD, 1)])
    assert arena_standings(nobody)["undefined"] == "no_judgements"
    assert arena_standings(_ballots([(0, 1, TIE, 1)]))["undefined"] == "all_ties"
    one_sided = arena_standings(_ballots([(0, 1, FIRST, i) for i in range(9)]))
    assert one_sided["undefined"] == "one_sided"
    assert one_sided["contestants"][0]["strength"]["undefined"] == "one_sided"
    assert one_sided["fragility"] is None
    pair = one_sided["pairs"][0]
    assert pair["decision"]["e_value"] == pytest.approx(_stake(9))
    assert pair["difference"]["value"] is None
    empty = nobody.take(np.array([], dtype=int))
    assert arena_standings(empty)["contestants"][0]["both_bad"]["undefined"] == "no_judgements"


def test_a_contestant_that_nobody_judged_comes_last():
    rows = [(0, 1, FIRST, i) for i in range(30)] + [(0, 1, SECOND, i) for i in range(30, 50)]
    found = arena_standings(_ballots(rows))
    assert [one["name"] for one in found["contestants"]] == ["a", "b", "c"]
    assert found["contestants"][2]["strength"]["undefined"] == "no_judgements"
    assert found["contestants"][2]["places"] is None
    assert found["fragility"]["n_votes"] == 11


def test_covariates_that_cannot_be_told_apart_are_left_out_alone():
    rng = np.random.default_rng(3)
    drawn = _drawn(rng, 400, np.array([0.2, 0.0, -0.2]))
    side = drawn.covariates[:, 0]
    ballots = Ballots(
        drawn.names,
        drawn.first,
        drawn.second,
        drawn.verdict,
        drawn.prompt,
        drawn.annotator,
        np.stack([side, np.zeros(400), drawn.covariates[:, 1]], axis=1),
        ("position", "format", "length"),
    )
    position, form, length = arena_standings(ballots)["covariates"]
    assert position["effect"]["value"] is not None
    assert form["effect"]["undefined"] == "not_told_apart"
    assert length["effect"]["value"] is not None


def test_two_copies_of_one_model_are_told_apart_in_five_of_a_hundred_runs_at_most():
    """With ties, both bad, a lean to one side, and two votes on many a prompt."""
    n_apart = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        ballots = _drawn(rng, 1200, np.zeros(2), left=0.6, longer=0.5, n_prompts=900)
        n_apart += decided_after(ballots.first_decisive(0, 1)[None, :])[0] > 0
    assert n_apart <= 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": np.array([4])}, "verdict.0. is 4, not from 0 to 3"),
        ({"second": np.array([0])}, "entry 0: a meets itself"),
        ({"prompt": np.array([1, 2])}, "prompt has 2 entries, first has 1"),
        ({"covariate_names": ("length",)}, "covariates are"),
    ],
)
def test_odd_ballots_are_refused(change, message):
    fields = {
        "names": ["a", "b"],
        "first": np.array([0]),
        "second": np.array([1]),
        "verdict": np.array([0]),
        "prompt": np.array([0]),
        "annotator": np.array([0]),
        "covariates": np.zeros((1, 0)),
    }
    with pytest.raises(ValueError, match=message):
        Ballots(**(fields | change))


def _stake(n):
    return np.prod([2 * (10 + i) / (20 + i) for i in range(n)])
