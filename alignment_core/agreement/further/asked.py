"""What people say beside the verdict, measured by the kind of question: a scale, yes or no, why."""

from __future__ import annotations

from dataclasses import replace

from alignment_core.agreement.coefficients.coefficients import (
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement_by_comparison,
    ratio,
)
from alignment_core.agreement.coefficients.headline import headline_figures
from alignment_core.agreement.coefficients.weighted import PairSums, measure_scale, pair_sums
from alignment_core.agreement.figures.figure import NOBODY_SAID, ONE_CATEGORY, Figure
from alignment_core.agreement.figures.measured import Measured, measure_sums
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.table import JudgementTable

SCALE, YES_NO, PICKED = "scale", "yes_no", "picked"
KINDS = (SCALE, YES_NO, PICKED)


def measure_asked(
    table: JudgementTable,
    kind: str,
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """How far people agree on one question, by what kind of answer it takes.

    Args:
        table: of the answers, in the order of the scale. What is rated by itself, such as each of
            two answers, is a comparison of its own, with the prompt that they belong to.
        kind: "scale": percent agreement, ordinal and interval alpha. "yes_no": percent agreement,
            alpha and AC1. "picked": `measure_specific` and alpha; the first category means that
            it was not picked.
        level, n_resamples, seed: as `measure_agreement`.
    Returns: figures by name.
    Raises: ValueError if a setting is out of range or the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, not one of {', '.join(KINDS)}")
    coefficients = {
        SCALE: [percent_agreement_by_comparison],
        YES_NO: [percent_agreement_by_comparison, krippendorff_alpha, gwet_ac1],
        PICKED: [krippendorff_alpha],
    }[kind]
    found = headline_figures(
        table,
        coefficients,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        n_categories=len(table.categories),
    )
    found = with_caution(found, caution_of_votes(table))
    if kind == SCALE:
        _weighted, alpha = measure_scale(
            table,
            weights=(),
            metrics=("ordinal", "interval"),
            level=level,
            n_resamples=n_resamples,
            seed=seed,
        )
        found |= {f"alpha_{metric}": figure for metric, figure in alpha.items()}
    if kind == PICKED:
        specific = measure_specific(table, level=level, n_resamples=n_resamples, seed=seed)
        found = {"specific_agreement": specific} | found
    return found


def measure_specific(
    table: JudgementTable, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> Figure:
    """Where somebody said something, how often another one said the same of that comparison.

    The first category means that nothing was said: who said nothing agrees with nobody here.

    Args: table of what was said; level in (0, 1); n_resamples of the prompts; seed of drawing.
    Returns: Σ o_cc / Σ n_c over all categories but the first, o the coincidences and n_c their
        sums; undefined where nobody said anything on a comparison that two people judged.
    Raises: ValueError if a setting is out of range.
    Source: Spitzer & Fleiss 1974, British Journal of Psychiatry 125 (specific agreement); of any
        number of judges: Cicchetti & Feinstein 1990, Journal of Clinical Epidemiology 43.
    """
    q = len(table.categories)

    def said(sums: FloatArray) -> FloatArray:
        found: FloatArray = PairSums(sums, q).coincidences[..., 1:, :].sum(axis=(-2, -1))
        return found

    def specific(sums: FloatArray) -> FloatArray:
        same = PairSums(sums, q).coincidences.diagonal(axis1=-2, axis2=-1)[..., 1:]
        return ratio(same.sum(axis=-1), said(sums))

    measured = {"": Measured(specific, said, is_beyond_chance=False, least=0.0)}
    figure = measure_sums(
        table, pair_sums, measured, level=level, n_resamples=n_resamples, seed=seed
    )[""]
    if figure.undefined == ONE_CATEGORY:
        figure = replace(figure, undefined=NOBODY_SAID)
    return with_caution({"": figure}, caution_of_votes(table))[""]
