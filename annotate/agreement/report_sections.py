"""The further sections of a report, computed with it and stored beside it, apart from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.further.annotator_margins import fitted_margins
from alignment_core.agreement.further.origins import Origins
from alignment_core.agreement.further.rated_models import rated_models
from alignment_core.agreement.further.scales import weighted_scales
from annotate.models import Comparison, Verdict


def sections_of(
    table: JudgementTable,
    unselected: JudgementTable,
    *,
    origins: Origins | None,
    annotators: Mapping[int, tuple[str, str]],
    offered: Sequence[str],
) -> dict[str, Any]:
    """Args: unselected, the table without what was asked for by what had been said; origins, of
    its comparisons; annotators, pseudonym and kind by key; offered, the verdicts to choose from.
    """
    has_ties = Verdict.TIE in offered or _was_given(table, Verdict.TIE)
    return {
        "ratings": rated_models(unselected, origins or _nobody_knows(table)),
        "pairwise": _named(fitted_margins(table, tie="tie" if has_ties else None), annotators),
        "weighted": weighted_scales(unselected, has_ties=has_ties),
    }


def public_ids_of(numbers: Iterable[int]) -> dict[int, str]:
    found = Comparison.objects.filter(pk__in=list(numbers)).values_list("pk", "public_id")
    return {pk: str(public_id) for pk, public_id in found}


def _was_given(table: JudgementTable, verdict: str) -> bool:
    if verdict not in table.categories:
        return False
    return bool(table.counts[:, table.categories.index(verdict)].any())


def _nobody_knows(table: JudgementTable) -> Origins:
    unknown = np.full(len(table.comparisons), -1)
    return Origins((), unknown, unknown)


def _named(section: dict[str, Any], annotators: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    """Pseudonyms and public ids for row numbers."""
    for entry in section["annotators"]:
        entry["annotator"], entry["kind"] = annotators[entry["annotator"]]
    public_ids = public_ids_of(entry["comparison"] for entry in section["difficult"])
    for entry in section["difficult"]:
        entry["comparison"] = public_ids.get(entry["comparison"], "")
    return section
