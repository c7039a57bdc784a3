"""One verdict nearly always given: intervals that allow for a rare comparison that was not met."""

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    measure_agreement,
    measure_alpha,
    measure_between,
    measure_conger,
    measure_pairs,
    measure_weighted,
)
from alignment_core.agreement.coefficients.coefficients import fleiss_kappa, krippendorff_alpha
from alignment_core.agreement.figures.lopsided import rarest_verdict

OF_SHARES = {"krippendorff_alpha", "fleiss_kappa", "cohen_kappa", "scott_pi", "conger", "ordinal"}


def _verdicts(rng, n, *, rare, error, judges=3):
    """(n, judges): a hidden verdict, rarely the second, or else any verdict."""
    hidden = rng.random((n, 1)) < rare
    return np.where(rng.random((n, judges)) < error, rng.random((n, judges)) < 0.5, hidden)


def _table(verdicts):
    n, judges = verdicts.shape
    return JudgementTable.from_arrays(
        np.repeat(np.arange(n), judges), np.tile(np.arange(judges), n), verdicts.ravel().astype(int)
    )


def _kappa(rare, error):
    """Krippendorff's alpha and Fleiss' kappa of many comparisons."""
    seen = rare * (1 - error / 2) + (1 - rare) * error / 2
    right = 1 - error / 2
    return 1 - (1 - right**2 - (1 - right) ** 2) / (2 * seen * (1 - seen))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rare", "error"), [(30, 0.05, 0.2), (30, 0.02, 0.2), (30, 0.05, 0.1), (60, 0.02, 0.1)]
)
def test_alpha_and_kappa_hold_the_truth_where_one_verdict_is_nearly_always_given(n, rare, error):
    rng, held = np.random.default_rng(4), []
    truth = _kappa(rare, error)
    for seed in range(150):
        table = _table(_verdicts(rng, n, rare=rare, error=error))
        figures = measure_agreement(
            table, [krippendorff_alpha, fleiss_kappa], n_resamples=300, seed=seed
        )
        held += [f.low <= truth <= f.high for f in figures.values() if f.low is not None]
    assert np.mean(held) > 0.92  # by the bootstrap alone: 0.5 to 0.85


def test_every_figure_with_chance_from_shares_carries_the_caution_and_no_other():
    table = _table(_verdicts(np.random.default_rng(3), 40, rare=0.05, error=0.15))
    figures = measure_agreement(table) | measure_between(table, [0], [1, 2])
    figures |= {"conger": measure_conger(table), "ordinal": measure_alpha(table, "ordinal")}
    for name, figure in figures.items():
        assert figure.caution == ("rare_verdicts" if name in OF_SHARES else None), name
    weighted = measure_weighted(table)
    assert weighted["weighted_fleiss_kappa"].caution == "rare_verdicts"
    assert weighted["gwet_ac2"].caution is None
    pair = measure_pairs(table).pairs[0]
    assert (pair.cohen_kappa.caution, pair.percent_agreement.caution) == ("rare_verdicts", None)
    report = agreement_report(table, n_resamples=50)
    assert report["figures"]["krippendorff_alpha"]["caution"] == "rare_verdicts"


@pytest.mark.parametrize("n", [30, 200])
def test_a_table_with_enough_of_each_verdict_carries_no_caution(n):
    table = _table(_verdicts(np.random.default_rng(3), n, rare=0.4, error=0.2))
    whole = measure_agreement(table)
    assert {figure.caution for figure in whole.values()} == {None}
    assert rarest_verdict(np.array([9500.0, 500.0]), 5000) is None
    assert rarest_verdict(np.array([90.0, 0.0]), 30) is None  # nobody knows of another
    assert rarest_verdict(np.array([86.0, 3.0, 0.0, 1.0]), 30) == 3
