"""Sections of a stored report that are told only to those who ask for them."""

from collections.abc import Sequence
from typing import Any

from annotate.models import AgreementReport, Role

RATINGS, PAIRWISE, WEIGHTED, PLAN = "ratings", "pairwise", "weighted", "plan"
RANKINGS = "rankings"
SECTIONS = (RATINGS, PAIRWISE, WEIGHTED, RANKINGS, PLAN)
FOR_LEADS = {RATINGS}  # it names the models, which those who judge for a project must not know
APART = ("sections", "imagined")  # keys of a stored report that are no part of the report itself
WIDTH = 0.1  # of an interval, where nobody says which is wanted
NARROWEST = 1e-6  # wider than this: below, judgements needed are no numbers any more


def role_for(names: Sequence[str]) -> Role:
    """The role that may read all of these sections."""
    return Role.LEAD if FOR_LEADS & set(names) else Role.REVIEWER


def report_alone(stored: AgreementReport) -> dict[str, Any]:
    """What everybody reads who may read the figures."""
    return {name: value for name, value in stored.report.items() if name not in APART}


def included(
    stored: AgreementReport, names: Sequence[str], *, cohort: str, widths: Sequence[float]
) -> dict[str, Any]:
    """The sections of these names, of one cohort of the stored report."""
    found = dict(stored.report["sections"][cohort])
    if PLAN in names:
        found[PLAN] = _plan(stored, cohort=cohort, widths=widths)
    return {name: found[name] for name in SECTIONS if name in names and name in found}


def _plan(stored: AgreementReport, *, cohort: str, widths: Sequence[float]) -> dict[str, Any]:
    from alignment_core.agreement.further.planned import planned  # numpy: only for who plans

    return planned(stored.report[cohort], stored.report["imagined"], widths=widths)
