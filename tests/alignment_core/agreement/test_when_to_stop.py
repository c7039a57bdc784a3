"""When to stop, what stopping does to agreement, and how much a figure needs."""

import numpy as np
import pytest
from scipy.special import betainc

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.when_to_stop import (
    comparisons_needed,
    first_judgements,
    outcome_posterior,
    plan_agreement,
    saved_interval,
)


def test_the_posterior_of_two_categories_is_the_beta_distribution():
    # by hand: 2 to 1 with a flat prior: P(Beta(3, 2) > ½) = 11/16
    assert outcome_posterior([2, 1]) == pytest.approx([11 / 16, 5 / 16], abs=1e-6)
    counts = [[0, 0], [3, 0], [7, 4], [60, 40], [500, 450]]
    expected = [betainc(b + 1, a + 1, 0.5) for a, b in counts]
    np.testing.assert_allclose(outcome_posterior(counts)[:, 0], expected, atol=1e-6)


def test_the_posterior_of_more_categories_equals_drawing_from_the_dirichlet():
    counts = [4, 3, 1, 0]
    drawn = np.random.default_rng(0).dirichlet(np.array(counts) + 0.5, 200_000).argmax(axis=1)
    expected = np.bincount(drawn, minlength=4) / 200_000
    np.testing.assert_allclose(outcome_posterior(counts, prior=0.5), expected, atol=0.004)


def test_further_equal_votes_make_the_outcome_surer_and_shape_is_kept():
    found = outcome_posterior([[[n, 0, 0] for n in range(6)]])
    assert found.shape == (1, 6, 3)
    assert (np.diff(found[0, :, 0]) > 0).all()
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    assert outcome_posterior(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("counts", "prior", "message"),
    [([1, -1], 1, "at least 0"), (3, 1, "at least 0"), ([1, 2], 0, "prior must be above 0")],
)
def test_a_posterior_of_what_cannot_be_is_refused(counts, prior, message):
    with pytest.raises(ValueError, match=message):
        outcome_posterior(counts, prior=prior)


def _asked_until_two_agree(rng, n_comparisons=4000, most=5):
    """Two judgements each, and more until two more say one thing than the other."""
    hidden = rng.integers(0, 2, (n_comparisons, 1))
    verdicts = np.where(rng.random((n_comparisons, most)) < 0.75, hidden, 1 - hidden)
    ahead = np.abs(np.cumsum(2 * verdicts - 1, axis=1))
    is_settled = np.cumsum(ahead >= 2, axis=1) > 0
    asked = np.concatenate([np.ones((n_comparisons, 2), bool), ~is_settled[:, 1:-1]], axis=1)
    comparison, place = np.nonzero(asked)
    return JudgementTable.from_arrays(
        comparison, place, verdicts[asked], time=place * 100.0 + comparison / n_comparisons
    )


def test_stopping_on_agreement_inflates_agreement_and_the_first_two_judgements_do_not():
    table = _asked_until_two_agree(np.random.default_rng(3))
    true_percent, true_kappa = 0.75**2 + 0.25**2, 0.25  # 0.625; chance is ½
    with pytest.warns(UserWarning, match="verdicts decided how often"):
        all_figures = measure_agreement(table)
    first_figures = measure_agreement(first_judgements(table, 2))
    for name, truth in (
        ("percent_agreement_by_comparison", true_percent),
        ("fleiss_kappa", true_kappa),
        ("gwet_ac1", true_kappa),
    ):
        assert all_figures[name].low > truth + 0.05
        assert first_figures[name].low < truth < first_figures[name].high
    assert first_figures["fleiss_kappa"].n_judgements == 8000
    alpha = first_figures["krippendorff_alpha"]
    assert alpha.low < true_kappa < alpha.high


def test_the_first_judgements_are_those_made_first_whoever_made_them():
    table = JudgementTable.from_arrays(
        [1, 1, 1, 2], ["ann", "bob", "cat", "ann"], list("abbc"), time=[30, 10, 20, 5]
    )
    first = first_judgements(table, 2)
    assert first.counts.tolist() == [[0, 2, 0], [0, 0, 1]]
    assert first.annotators[first.rows.annotator].tolist() == ["bob", "cat", "ann"]
    assert first_judgements(table, 3).counts.tolist() == table.counts.tolist()
    with pytest.raises(ValueError, match="m must be at least 1"):
        first_judgements(table, 0)
    with pytest.raises(ValueError, match="every judgement has its time"):
        first_judgements(JudgementTable.from_arrays([1], [1], ["a"]), 1)


def test_the_comparisons_needed_give_an_interval_of_the_width_asked_for():
    settings = {"prevalence": [0.5, 0.4, 0.1], "error": 0.4, "n_annotators": 3}
    pilot = measure_agreement(plan_agreement(**settings, n_comparisons=200))
    needed = comparisons_needed(pilot["krippendorff_alpha"], width=0.05)
    assert 500 < needed < 5000
    figure = measure_agreement(plan_agreement(**settings, n_comparisons=needed, seed=1))
    alpha = figure["krippendorff_alpha"]
    assert alpha.high - alpha.low == pytest.approx(0.05, rel=0.2)


def test_a_plan_or_pilot_that_cannot_be_is_refused():
    pilot = measure_agreement(JudgementTable.from_counts([[2, 0], [2, 0]]))["percent_agreement"]
    with pytest.raises(ValueError, match="the pilot has no interval"):
        comparisons_needed(pilot, width=0.1)
    with pytest.raises(ValueError, match="width must be above 0"):
        comparisons_needed(pilot, width=0)
    with pytest.raises(ValueError, match="add up to 1"):
        plan_agreement(prevalence=[0.5, 0.4], error=0.1, n_annotators=2, n_comparisons=5)
    with pytest.raises(ValueError, match="n_annotators must be at least 2, not 1"):
        plan_agreement(prevalence=[1.0], error=0.1, n_annotators=1, n_comparisons=5)


def test_what_stopping_early_saves_has_an_interval_over_prompts():
    used = [[2, 5], [2, 5], [5, 5], [3, 5], [2, 5], [2, 5], [4, 5], [2, 5]]
    found = saved_interval(used)
    assert found.low < 1 - 22 / 40 < found.high
    assert saved_interval(used[:5]).undefined == saved_interval(used[:2]).undefined is not None
    assert saved_interval(used[:1]).undefined is not None
    assert saved_interval([[2, 5]] * 8).undefined is not None  # none differs
    with pytest.raises(ValueError, match="enough"):
        saved_interval([[6, 5]])
    with pytest.raises(ValueError, match="judgements"):
        saved_interval([[0, 0]])
