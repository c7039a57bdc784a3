"""The further sections of a report, computed with it and stored beside it, apart from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.further.annotator_margins import fitted_margins
from alignment_core.agreement.further.origins import Origins
from alignment_core.agreement.further.rated_models import rated_models
from alignment_core.agreement.further.scales import weighted_strengths, weighted_verdicts
from alignment_core.agreement.tables.table import JudgementRows
from annotate.agreement.forms import Forms
from annotate.judging.protocols.strength import EVEN, Strength, steps_in
from annotate.models import Comparison, Verdict


def sections_of(
    table: JudgementTable,
    unselected: JudgementTable,
    *,
    origins: Origins | None,
    annotators: Mapping[int, tuple[str, str]],
    offered: Sequence[str],
    forms: Forms,
) -> dict[str, Any]:
    """Args: unselected, the table without what was asked for by what had been said; origins, of
    its comparisons; annotators, pseudonym and kind by key; offered, the verdicts to choose from;
    forms, what was asked, by version of the protocol.
    """
    has_ties = Verdict.TIE in offered or _was_given(table, Verdict.TIE)
    known = origins or _nobody_knows(table)
    return {
        "ratings": rated_models(unselected, known),
        "ratings_davidson": rated_models(unselected, known, ties="davidson"),
        "pairwise": _named(fitted_margins(table, tie="tie" if has_ties else None), annotators),
        "weighted": {
            "verdicts": weighted_verdicts(unselected) if has_ties else None,
            "strengths": list(_strengths(unselected, forms)),
        },
    }


def _strengths(table: JudgementTable, forms: Forms) -> Iterator[dict[str, Any]]:
    """Each scale of strength by itself: a step of three is not a step of four."""
    for question in forms:
        if question.part != Strength.name:
            continue
        asking = forms.asking(question)
        found = weighted_strengths(
            of_forms(table, list(asking)), steps=steps_in(question), has_ties=EVEN in question.scale
        )
        yield {"asked_in": [form.to_dict() for form in asking.values()], **found}


def of_forms(table: JudgementTable, numbers: Sequence[int]) -> JudgementTable:
    """The judgements that were given under these forms."""
    rows = _rows(table)
    if rows.form is None:
        return table
    rows = rows.take(np.isin(rows.form, numbers))
    q = len(table.categories)
    counts = np.bincount(rows.comparison * q + rows.category, minlength=table.counts.size)
    return replace(table, rows=rows, counts=counts.reshape(table.counts.shape), repeats=None)


def _rows(table: JudgementTable) -> JudgementRows:
    if table.rows is None:
        raise ValueError("judgements of a project have their annotators")
    return table.rows


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
