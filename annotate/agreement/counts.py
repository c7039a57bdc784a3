"""The figures of a project, made of its judgements as columns."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    redundancy_of,
    without_selected,
)
from alignment_core.agreement.further.planned import imagined_pilot
from alignment_core.agreement.further.rank_orders import rank_orders
from annotate.agreement.asked_answers import Answers, read_answers
from annotate.agreement.asked_section import asked_section
from annotate.agreement.attributes import Attributes, read_attributes
from annotate.agreement.by_day import read_days
from annotate.agreement.by_group import groups_section, model_pairs_section
from annotate.agreement.forms import NO_FORMS, Forms, read_forms
from annotate.agreement.groups import GroupPair, between, pairs_of_groups
from annotate.agreement.judgement_columns import JudgedPairs, read_pairs, read_rows, table_of
from annotate.agreement.judging_curves import able_against, curves_section
from annotate.agreement.over_time import over_time_section
from annotate.agreement.ranking_columns import columns_by, read_rankings
from annotate.agreement.repeat_columns import read_repeats, repeats_section
from annotate.agreement.report_sections import public_ids_of, sections_of
from annotate.agreement.taking_part import comparisons_that_count
from annotate.comparisons.resolution_rule import offered_verdicts
from annotate.models import (
    HUMAN_KINDS,
    AgreementReport,
    Annotator,
    AnnotatorKind,
    Project,
)


@dataclass(frozen=True)
class Counts:
    """everybody and people: the tables with and without simulated and model annotators.

    annotators: pseudonym and kind by the table's key. n_comparisons: judged or not.
    groups: that are set beside each other. offered: verdicts that people here may choose from.
    pairs: the answers that were judged; None where nothing is known of them. overlap: judgements
        wanted of a comparison. forms: what was asked; answers: to what is asked beside the verdict.
        rankings: of sets, one row a completion. repeated: silent repeats, which are in no other
        table, with the first judgements of the same people. by_day: what was counted each day.
        attributes: what judgements are grouped by; None where several projects are one.
        asked_of_all: how many judgements each comparison gets whatever is said, where more follow
        from that; None where none do.
    """

    everybody: JudgementTable
    people: JudgementTable
    annotators: dict[int, tuple[str, str]]
    n_comparisons: int
    groups: tuple[GroupPair, ...] = ()
    offered: tuple[str, ...] = ()
    pairs: JudgedPairs | None = None
    overlap: int = 2
    rankings: npt.NDArray[np.void] | None = None
    forms: Forms = NO_FORMS
    answers: Sequence[Answers] = ()
    repeated: JudgementTable | None = None
    by_day: Sequence[Sequence[Any]] = ()
    attributes: Attributes | None = None
    asked_of_all: int | None = None


def read_counts(project: Project) -> Counts:
    """Everything that the figures need; 69 bytes of memory a judgement while it is read."""
    forms = read_forms(project)
    rows = read_rows(project, forms)
    annotators = _annotators(rows)
    humans = [pk for pk, (_pseudonym, kind) in annotators.items() if kind in HUMAN_KINDS]
    pairs = read_pairs(project)
    return Counts(
        everybody=table_of(rows, pairs),
        people=table_of(rows[np.isin(rows["annotator"], humans)], pairs),
        annotators=annotators,
        n_comparisons=comparisons_that_count(project).count(),
        groups=pairs_of_groups(project, annotators),
        offered=tuple(offered_verdicts(project)),
        pairs=pairs,
        overlap=project.overlap,
        rankings=read_rankings(project),
        forms=forms,
        answers=read_answers(project, forms),
        repeated=read_repeats(project, rows),
        by_day=read_days(project),
        attributes=read_attributes(project),
        asked_of_all=project.fewest_judgements if project.closes_at else None,
    )


def _annotators(rows: npt.NDArray[np.void]) -> dict[int, tuple[str, str]]:
    found = Annotator.objects.filter(pk__in=np.unique(rows["annotator"]).tolist())
    return {
        pk: (pseudonym, kind)
        for pk, pseudonym, kind in found.values_list("pk", "pseudonym", "kind")
    }


def report_of(counts: Counts) -> dict[str, Any]:
    """Both cohorts' figures, so that choosing one costs no computing: docs/statistics/report.md."""
    started_at = time.monotonic()
    everybody = _named(counts, counts.everybody)
    is_all_human = counts.people.n_judgements == counts.everybody.n_judgements
    people = everybody if is_all_human else _named(counts, counts.people)
    return {
        "schema": AgreementReport.SCHEMA,
        "n_judgements_by_kind": _judgements_by_kind(everybody),
        "without_simulated": people,
        "all": everybody,
        "between": between(_unselected(counts, counts.everybody), counts.groups),
        "sections": _sections(counts, people=people, everybody=everybody),
        "by_day": counts.by_day,
        "imagined": imagined_pilot(
            n_categories=max(len(counts.offered), 2), n_annotators=max(counts.overlap, 2)
        ),
        "seconds": round(time.monotonic() - started_at, 3),
    }


def _sections(
    counts: Counts, *, people: dict[str, Any], everybody: dict[str, Any]
) -> dict[str, Any]:
    """Args: the reports of both, one and the same where nobody else judged."""

    def of(table: JudgementTable, report: dict[str, Any]) -> dict[str, Any]:
        unselected = _unselected(counts, table)
        pairs = counts.pairs
        return {
            **sections_of(
                table,
                unselected,
                origins=None if pairs is None else pairs.of(table),
                annotators=counts.annotators,
                offered=counts.offered,
                forms=counts.forms,
            ),
            "asked": asked_section(counts.answers, unselected),
            "repeats": repeats_section(counts.repeated, table, counts.annotators),
            "over_time": over_time_section(unselected),
            "groups": groups_section(unselected, counts.attributes or Attributes()),
            "model_pairs": model_pairs_section(
                unselected, None if pairs is None else pairs.of(unselected)
            ),
            "curves": curves_section(table, counts.annotators)
            | {"able_against": _able_against(counts, table, report)},
            **_orders(counts, table),
        }

    of_everybody = of(counts.everybody, everybody)
    of_people = of_everybody if people is everybody else of(counts.people, people)
    return {"without_simulated": of_people, "all": of_everybody}


def _able_against(
    counts: Counts, table: JudgementTable, report: dict[str, Any]
) -> list[dict[str, Any]]:
    keys = {pseudonym: key for key, (pseudonym, _kind) in counts.annotators.items()}
    found = able_against(table, report, keys)
    public_ids = public_ids_of(number for number, _n_able, _n_others in found)
    return [
        {"comparison": public_ids[number], "n_able": n_able, "n_others": n_others}
        for number, n_able, n_others in found
        if number in public_ids
    ]


def _orders(counts: Counts, table: JudgementTable) -> dict[str, Any]:
    """How far whole rankings agree; nothing where nothing was ranked."""
    if counts.rankings is None or not len(counts.rankings) or table.annotators is None:
        return {}
    return {"rankings": rank_orders(columns_by(counts.rankings, set(table.annotators.tolist())))}


def _unselected(counts: Counts, table: JudgementTable) -> JudgementTable:
    return without_selected(table, redundancy_of(table, counts.asked_of_all))


def _judgements_by_kind(report: dict[str, Any]) -> dict[str, int]:
    by_kind = dict.fromkeys(AnnotatorKind.values, 0)
    for entry in report["annotators"]:
        by_kind[entry["kind"]] += entry["n_judgements"]
    return by_kind


def _named(counts: Counts, table: JudgementTable) -> dict[str, Any]:
    """The library's report with pseudonyms for row numbers, kinds, and what nobody judged."""
    report = agreement_report(
        table, n_categories=_scale(counts, table), asked_of_all=counts.asked_of_all
    )
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
    public_ids = public_ids_of(entry["comparison"] for entry in contested)
    return [
        {
            "comparison": public_ids[entry["comparison"]],
            "n_judgements": sum(entry["counts"].values()),
            "share_differing": entry["share_differing"],
            "highest_posterior": max(entry["posterior"].values()),
        }
        for entry in contested
    ]
