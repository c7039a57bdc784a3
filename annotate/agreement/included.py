"""Sections of a stored report that are told only to those who ask for them."""

from collections.abc import Sequence
from typing import Any, Protocol

from annotate.models import Role

RATINGS, PAIRWISE, WEIGHTED, ASKED, PLAN = "ratings", "pairwise", "weighted", "asked", "plan"
RANKINGS, REPEATS = "rankings", "repeats"
OVER_TIME, GROUPS, MODEL_PAIRS, CURVES = "over_time", "groups", "model_pairs", "curves"
SECTIONS = (
    RATINGS,
    PAIRWISE,
    WEIGHTED,
    ASKED,
    RANKINGS,
    REPEATS,
    OVER_TIME,
    GROUPS,
    MODEL_PAIRS,
    CURVES,
    PLAN,
)
RAO_KUPPER, DAVIDSON = "rao_kupper", "davidson"
TIES = {RAO_KUPPER: RATINGS, DAVIDSON: "ratings_davidson"}  # models of ties, and where each is kept
FOR_LEADS = {
    RATINGS,
    MODEL_PAIRS,
}  # they name the models, which those who judge for a project must not know
APART = (
    "sections",
    "imagined",
    "by_day",
)  # keys of a stored report that are no part of the report itself
WIDTH = 0.1  # of an interval, where nobody says which is wanted
NARROWEST = 1e-6  # wider than this: below, judgements needed are no numbers any more


class HasReport(Protocol):
    """A stored report, of one project or of several."""

    @property
    def report(self) -> Any: ...


def role_for(names: Sequence[str]) -> Role:
    """The role that may read all of these sections."""
    return Role.LEAD if FOR_LEADS & set(names) else Role.REVIEWER


def report_alone(stored: HasReport) -> dict[str, Any]:
    """What everybody reads who may read the figures."""
    return {name: value for name, value in stored.report.items() if name not in APART}


def included(
    stored: HasReport,
    names: Sequence[str],
    *,
    cohort: str,
    widths: Sequence[float],
    ties: str = RAO_KUPPER,
) -> dict[str, Any]:
    """The sections of these names, of one cohort of the stored report.

    Args: widths: of intervals, to plan for. ties: the model of them by which models are rated.
    """
    found = dict(stored.report["sections"][cohort])
    found[RATINGS] = found[TIES[ties]]
    if PLAN in names:
        found[PLAN] = _plan(stored, cohort=cohort, widths=widths)
    return {name: found[name] for name in SECTIONS if name in names and name in found}


def _plan(stored: HasReport, *, cohort: str, widths: Sequence[float]) -> dict[str, Any]:
    from alignment_core.agreement.further.planned import planned  # numpy: only for who plans

    return planned(stored.report[cohort], stored.report["imagined"], widths=widths)
