"""Judgements as columns, and the figures made of them: no row becomes an object."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Coalesce

from alignment_core.agreement import JudgementTable, agreement_report
from annotate.agreement_judgements import TAKES_PART, comparisons_that_count
from annotate.models import Annotator, AnnotatorKind, Judgement, Project, Verdict
from annotate.selectors import HUMAN_KINDS

SCHEMA = 1
CHUNK = 5000
CATEGORIES = tuple(Verdict.values)
COLUMNS = [
    ("comparison", "i8"),
    ("prompt", "i8"),
    ("annotator", "i8"),
    ("category", "i1"),  # position in CATEGORIES
    ("left_chosen", "i1"),  # 1 left, 0 right, -1 neither or not known
    ("seconds", "f8"),  # below 0 where not recorded
]


@dataclass(frozen=True)
class Counts:
    """everybody and people: the tables with and without simulated and model annotators.

    annotators: pseudonym and kind by the table's key. n_comparisons: judged or not.
    """

    everybody: JudgementTable
    people: JudgementTable
    annotators: dict[int, tuple[str, str]]
    n_comparisons: int


def read_counts(project: Project) -> Counts:
    """Everything that the figures need; 34 bytes of memory a judgement while it is read."""
    rows = _rows(project)
    found = Annotator.objects.filter(pk__in=np.unique(rows["annotator"]).tolist())
    annotators = {
        pk: (pseudonym, kind)
        for pk, pseudonym, kind in found.values_list("pk", "pseudonym", "kind")
    }
    humans = [pk for pk, (_pseudonym, kind) in annotators.items() if kind in HUMAN_KINDS]
    return Counts(
        everybody=_table(rows),
        people=_table(rows[np.isin(rows["annotator"], humans)]),
        annotators=annotators,
        n_comparisons=comparisons_that_count(project).count(),
    )


def report_of(counts: Counts) -> dict[str, Any]:
    """Both cohorts' figures, so that choosing one costs no computing; see docs/statistics.md."""
    started_at = time.monotonic()
    everybody = _named(counts, counts.everybody)
    is_all_human = counts.people.n_judgements == counts.everybody.n_judgements
    return {
        "schema": SCHEMA,
        "n_judgements_by_kind": _judgements_by_kind(everybody),
        "without_simulated": everybody if is_all_human else _named(counts, counts.people),
        "all": everybody,
        "seconds": round(time.monotonic() - started_at, 3),
    }


def _rows(project: Project) -> npt.NDArray[np.void]:
    rows = (
        Judgement.objects.filter(TAKES_PART, project=project)
        .order_by()
        .values_list(
            "comparison_id",
            "comparison__prompt_id",
            "annotator_id",
            _category(),
            _left_chosen(),
            Coalesce("seconds", Value(-1.0)),
        )
    )
    return np.fromiter(rows.iterator(chunk_size=CHUNK), dtype=COLUMNS)


def _category() -> Case:
    """The verdict in the words of those who voted: see `Comparison.is_swapped`."""
    place = {verdict: Value(CATEGORIES.index(verdict)) for verdict in CATEGORIES}
    return Case(
        When(verdict=Verdict.FIRST, comparison__is_swapped=True, then=place[Verdict.SECOND]),
        When(verdict=Verdict.SECOND, comparison__is_swapped=True, then=place[Verdict.FIRST]),
        *(When(verdict=verdict, then=place[verdict]) for verdict in CATEGORIES),
        output_field=IntegerField(),
    )


def _left_chosen() -> Case:
    return Case(
        When(verdict=Verdict.FIRST, first_was_left=True, then=Value(1)),
        When(verdict=Verdict.FIRST, first_was_left=False, then=Value(0)),
        When(verdict=Verdict.SECOND, first_was_left=True, then=Value(0)),
        When(verdict=Verdict.SECOND, first_was_left=False, then=Value(1)),
        default=Value(-1),
        output_field=IntegerField(),
    )


def _table(rows: npt.NDArray[np.void]) -> JudgementTable:
    seconds = rows["seconds"]
    table = JudgementTable.from_arrays(
        rows["comparison"],
        rows["annotator"],
        rows["category"],
        categories=range(len(CATEGORIES)),
        prompt=rows["prompt"],
        left_chosen=rows["left_chosen"],
        seconds=np.where(seconds < 0, np.nan, seconds),
    )
    return replace(table, categories=CATEGORIES)


def _judgements_by_kind(report: dict[str, Any]) -> dict[str, int]:
    by_kind = dict.fromkeys(AnnotatorKind.values, 0)
    for entry in report["annotators"]:
        by_kind[entry["kind"]] += entry["n_judgements"]
    return by_kind


def _named(counts: Counts, table: JudgementTable) -> dict[str, Any]:
    """The library's report with pseudonyms for row numbers, kinds, and what nobody judged."""
    report = agreement_report(table)
    for entry in report["annotators"]:
        entry["annotator"], entry["kind"] = counts.annotators[entry["annotator"]]
    for pair in report["pairs"]["listed"]:
        for place in ("first", "second"):
            pair[place], _kind = counts.annotators[pair[place]]
    judged = report["counts"]["comparisons_by_n_judgements"]
    n_unjudged = counts.n_comparisons - report["counts"]["n_comparisons"]
    report["counts"]["comparisons_by_n_judgements"] = {"0": n_unjudged} | judged
    return report
