import numpy as np
import pytest
from scipy.special import expit, logit

from alignment_core.data.records import VerdictCounts
from alignment_core.evaluation.calibration import (
    NO_TIES,
    TieModel,
    calibration,
    calibration_report,
    probabilities,
    temperature,
)
from tests.alignment_core.small_runs import make_record


def test_calibration_against_outcomes_equals_the_worked_figures():
    # confident .9 and right 4 of 5; confident .6 and right 2 of 5
    p = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.6, 0.6, 0.4, 0.4, 0.4])
    report = calibration(p, np.ones(10), None)
    assert report["ece"]["value"] == pytest.approx((5 * 0.1 + 5 * 0.2) / 10)
    # Brier: 4 × .01 + .81 and 2 × .16 + 3 × .36, over 10
    assert report["brier"]["value"] == pytest.approx((0.04 + 0.81 + 0.32 + 1.08) / 10)
    expected = -(4 * np.log(0.9) + np.log(0.1) + 2 * np.log(0.6) + 3 * np.log(0.4)) / 10
    assert report["log_loss"]["value"] == pytest.approx(expected)
    sure, unsure = report["bins"][-1], report["bins"][0]
    assert (sure["n"], unsure["n"]) == (5, 5)
    assert sure["predicted"] == pytest.approx(0.9)
    assert sure["observed"]["value"] == pytest.approx(0.8)
    assert unsure["observed"]["value"] == pytest.approx(0.4)


def test_calibration_against_vote_shares_equals_the_worked_figures():
    # faces chosen: sure .8 where .75 of the votes agree; faces rejected: sure .7, .5 agree
    p = np.array([0.8] * 5 + [0.3] * 5)
    observed = np.array([0.75] * 5 + [0.5] * 5)
    report = calibration(p, observed, np.full(10, 4.0))
    assert report["ece"]["value"] == pytest.approx((0.05 + 0.2) / 2)
    assert report["brier"]["value"] == pytest.approx((0.05**2 + 0.2**2) / 2)
    assert report["n_votes"] == 40


def test_a_calibrated_model_is_no_worse_than_chance_would_make_it():
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.5, 1.0, size=2000)
    is_right = generator.random(2000) < confidence
    p = np.where(is_right, confidence, 1 - confidence)
    report = calibration(p, np.ones(2000), None)
    assert report["ece"]["value"] < report["ece_by_chance"]["high"]
    twice_as_sure = calibration(expit(3 * logit(p)), np.ones(2000), None)
    assert twice_as_sure["ece"]["value"] > twice_as_sure["ece_by_chance"]["high"]


def test_the_temperature_undoes_scores_that_are_twice_too_sure():
    generator = np.random.default_rng(5)
    true_margins = generator.normal(0.0, 1.5, size=4000)
    prefers = np.where(generator.random(4000) < expit(true_margins), 1.0, -1.0)
    figure = temperature(2 * true_margins * prefers)
    assert figure["low"] < 2.0 < figure["high"]
    assert figure["value"] == pytest.approx(2.0, abs=0.2)


def test_no_temperature_fits_where_every_pair_is_ranked_right():
    assert "undefined" in temperature(np.array([1.0, 2, 3, 4, 5]))


def test_the_report_takes_votes_from_the_records_and_leaves_ties_out_of_outcomes():
    votes = VerdictCounts(chosen=2, rejected=1, tie=1, both_bad=3)
    records = [make_record(n, verdicts=votes) for n in range(6)]
    records.append(make_record(6, outcome="tie", verdicts=VerdictCounts(tie=2)))
    records.append(make_record(7, verdicts=VerdictCounts()))
    report = calibration_report(np.full(8, float(logit(0.7))), records)
    assert report["outcomes"]["n"] == 7
    assert report["vote_shares"]["n"] == 7
    assert report["vote_shares"]["n_votes"] == 6 * 4 + 2
    # six pairs at 2.5 of 4 votes, one at ½
    observed = (6 * 0.625 + 0.5) / 7
    assert report["vote_shares"]["ece"]["value"] == pytest.approx(0.7 - observed)


def test_probabilities_are_those_of_the_model_of_ties():
    margins = np.array([0.0, 2.0])
    for part in probabilities(margins, NO_TIES):
        np.testing.assert_allclose(part, expit(margins))
    # Davidson, ν = 1, d = 2: 1 : e^-2 : 2 e^-1
    decided, share = probabilities(margins, TieModel("davidson", 1.0))
    np.testing.assert_allclose(decided, expit(margins))
    total = 1 + np.exp(-2) + 2 * np.exp(-1)
    np.testing.assert_allclose(share, [0.5, (1 + np.exp(-1)) / total])
    # Rao and Kupper, ν = 3, d = 2: σ(2 - log 3), σ(-2 - log 3) and the rest
    decided, share = probabilities(margins, TieModel("rao_kupper", 3.0))
    win, loss = expit(2 - np.log(3)), expit(-2 - np.log(3))
    np.testing.assert_allclose(decided, [0.5, win / (win + loss)])
    np.testing.assert_allclose(share, [0.5, win + (1 - win - loss) / 2])
