"""Judgements as columns, and the figures made of them: no row becomes an object."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, FloatField, Func, IntegerField, Value, When
from django.db.models.functions import Coalesce, Length
from django.db.models.sql.compiler import SQLCompiler

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    detect_redundancy,
    without_selected,
)
from annotate.agreement.groups import GroupPair, between, pairs_of_groups
from annotate.agreement.taking_part import TAKES_PART, comparisons_that_count
from annotate.comparisons.resolution_rule import offered_verdicts
from annotate.models import (
    HUMAN_KINDS,
    AgreementReport,
    Annotator,
    AnnotatorKind,
    Comparison,
    Judgement,
    Project,
    Verdict,
)

CHUNK = 5000
CATEGORIES = tuple(Verdict.values)
COLUMNS = [
    ("comparison", "i8"),
    ("prompt", "i8"),
    ("annotator", "i8"),
    ("category", "i1"),  # position in CATEGORIES
    ("left_chosen", "i1"),  # 1 left, 0 right, -1 neither or not known
    ("towards_first", "i1"),  # 1 the first completion was chosen, -1 the second, 0 neither
    ("seconds", "f8"),  # below 0 where not recorded
    ("time", "f8"),  # of the judgement, in seconds; below 0 where it came by import
    ("order", "i8"),  # the judgement's number: imported votes keep the order of their file
]
CHARACTERS_A_WORD = 6  # with its space; generous to whoever reads Chinese, who needs fewer


@dataclass(frozen=True)
class Counts:
    """everybody and people: the tables with and without simulated and model annotators.

    annotators: pseudonym and kind by the table's key. n_comparisons: judged or not.
    groups: that are set beside each other. offered: verdicts that people here may choose from.
    """

    everybody: JudgementTable
    people: JudgementTable
    annotators: dict[int, tuple[str, str]]
    n_comparisons: int
    groups: tuple[GroupPair, ...] = ()
    offered: tuple[str, ...] = ()


def read_counts(project: Project) -> Counts:
    """Everything that the figures need; 51 bytes of memory a judgement while it is read."""
    rows = _rows(project)
    found = Annotator.objects.filter(pk__in=np.unique(rows["annotator"]).tolist())
    annotators = {
        pk: (pseudonym, kind)
        for pk, pseudonym, kind in found.values_list("pk", "pseudonym", "kind")
    }
    humans = [pk for pk, (_pseudonym, kind) in annotators.items() if kind in HUMAN_KINDS]
    lengths = _lengths(project)
    return Counts(
        everybody=_table(rows, lengths),
        people=_table(rows[np.isin(rows["annotator"], humans)], lengths),
        annotators=annotators,
        n_comparisons=comparisons_that_count(project).count(),
        groups=pairs_of_groups(project, annotators),
        offered=tuple(offered_verdicts(project)),
    )


def report_of(counts: Counts) -> dict[str, Any]:
    """Both cohorts' figures, so that choosing one costs no computing: docs/statistics/report.md."""
    started_at = time.monotonic()
    everybody = _named(counts, counts.everybody)
    is_all_human = counts.people.n_judgements == counts.everybody.n_judgements
    return {
        "schema": AgreementReport.SCHEMA,
        "n_judgements_by_kind": _judgements_by_kind(everybody),
        "without_simulated": everybody if is_all_human else _named(counts, counts.people),
        "all": everybody,
        "between": between(_unselected(counts.everybody), counts.groups),
        "seconds": round(time.monotonic() - started_at, 3),
    }


def _unselected(table: JudgementTable) -> JudgementTable:
    return without_selected(table, detect_redundancy(table))


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
            _towards_first(),
            Coalesce("seconds", Value(-1.0)),
            _time(),
            "pk",
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


def _towards_first() -> Case:
    return Case(
        When(verdict=Verdict.FIRST, then=Value(1)),
        When(verdict=Verdict.SECOND, then=Value(-1)),
        default=Value(0),
        output_field=IntegerField(),
    )


class EpochSeconds(Func):
    """An instant as seconds since 1970, by the database: no row becomes a datetime."""

    output_field = FloatField()
    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        days = "((julianday(%(expressions)s) - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=days, **context)


def _time() -> Case:
    """Votes that were imported came all at once: when they were given is not known."""
    return Case(
        When(annotator__kind=AnnotatorKind.IMPORTED, then=Value(-1.0)),
        default=EpochSeconds(F("judged_at")),
        output_field=FloatField(),
    )


def _lengths(project: Project) -> npt.NDArray[np.int64]:
    """Comparison, and the characters of its two completions, by the comparison's number."""
    judged = comparisons_that_count(project).filter(n_counted__gt=0).order_by("pk")
    rows = judged.values_list("pk", Length("first__text"), Length("second__text"))
    return np.array(list(rows.iterator(chunk_size=CHUNK)), dtype=np.int64).reshape(-1, 3)


def _table(rows: npt.NDArray[np.void], lengths: npt.NDArray[np.int64]) -> JudgementTable:
    seconds, time = rows["seconds"], rows["time"]
    place = np.searchsorted(lengths[:, 0], rows["comparison"])
    of_first, of_second = lengths[place, 1], lengths[place, 2]
    towards_first = rows["towards_first"]
    table = JudgementTable.from_arrays(
        rows["comparison"],
        rows["annotator"],
        rows["category"],
        categories=range(len(CATEGORIES)),
        prompt=rows["prompt"],
        left_chosen=rows["left_chosen"],
        seconds=np.where(seconds < 0, np.nan, seconds),
        words=(of_first + of_second) / CHARACTERS_A_WORD,
        length_difference=np.where(towards_first, towards_first * (of_first - of_second), np.nan),
        time=np.where(time < 0, np.nan, time),
        order=rows["order"],
    )
    return replace(table, categories=CATEGORIES)


def _judgements_by_kind(report: dict[str, Any]) -> dict[str, int]:
    by_kind = dict.fromkeys(AnnotatorKind.values, 0)
    for entry in report["annotators"]:
        by_kind[entry["kind"]] += entry["n_judgements"]
    return by_kind


def _named(counts: Counts, table: JudgementTable) -> dict[str, Any]:
    """The library's report with pseudonyms for row numbers, kinds, and what nobody judged."""
    report = agreement_report(table, n_categories=_scale(counts, table))
    for entry in report["annotators"]:
        entry["annotator"], entry["kind"] = counts.annotators[entry["annotator"]]
    for pair in report["pairs"]["listed"]:
        for place in ("first", "second"):
            pair[place], _kind = counts.annotators[pair[place]]
    report["contested"] = _without_verdicts(report["contested"])
    judged = report["counts"]["comparisons_by_n_judgements"]
    n_unjudged = counts.n_comparisons - report["counts"]["n_comparisons"]
    report["counts"]["comparisons_by_n_judgements"] = {"0": n_unjudged} | judged
    return report


def _scale(counts: Counts, table: JudgementTable) -> int | None:
    """How many verdicts people could give; None where all came by import, from other choices."""
    keys = [] if table.annotators is None else table.annotators.tolist()
    if all(counts.annotators[key][1] == AnnotatorKind.IMPORTED for key in keys):
        return None
    given = zip(table.categories, table.counts.sum(axis=0), strict=True)
    return len({name for name, n in given if n} | set(counts.offered))


def _without_verdicts(contested: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whoever reads the figures may still judge: how far people divide, not on what."""
    names = Comparison.objects.filter(pk__in=[entry["comparison"] for entry in contested])
    public_ids = dict(names.values_list("pk", "public_id"))
    return [
        {
            "comparison": str(public_ids[entry["comparison"]]),
            "n_judgements": sum(entry["counts"].values()),
            "share_differing": entry["share_differing"],
            "highest_posterior": max(entry["posterior"].values()),
        }
        for entry in contested
    ]
