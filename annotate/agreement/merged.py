"""Several projects measured as one: what they share is found by the texts, not by the numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from alignment_core.agreement import JudgementTable, merge_tables
from annotate.agreement.alike import require_alike
from annotate.agreement.asked_answers import Answers
from annotate.agreement.counts import Counts, read_counts, report_of
from annotate.agreement.forms import Forms
from annotate.agreement.groups import GroupPair, pairs_of_kinds
from annotate.agreement.judgement_columns import JudgedPairs
from annotate.agreement.matching import Matching, Renamed
from annotate.agreement.report_sections import public_ids_of
from annotate.database.transactions import consistent_read
from annotate.errors import InvalidInput
from annotate.judging.protocols.question import Question
from annotate.models import AgreementReport, AnnotatorKind, Project


def merged_report(projects: Sequence[Project]) -> AgreementReport:
    """The figures of two projects or more as if they were one; nothing is stored.

    A comparison of the same prompt and answers is one comparison, whoever judged it where; a
    prompt of the same text is one prompt.

    Raises: InvalidInput where figures of both together would mean neither.
    """
    require_alike(projects)
    with consistent_read():
        counts = merged_counts(projects)
    return AgreementReport(
        project=Project(name=" + ".join(project.name for project in projects)),
        report=report_of(counts),
        n_judgements=counts.everybody.n_judgements,
        computed_at=timezone.now(),
    )


def merged_counts(projects: Sequence[Project], *, on_read: Callable[[int], object] = int) -> Counts:
    """Args: on_read, is told how many projects have been read. Raises: InvalidInput."""
    matching = Matching()
    renamed, parts = [], []
    for number, project in enumerate(projects):
        on_read(number)
        names, counts = matching.add(project), read_counts(project)
        renamed.append(names)
        parts.append(
            replace(
                counts,
                everybody=names.of(counts.everybody),
                people=names.of(counts.people),
                answers=[names.of_answers(answers) for answers in counts.answers],
                repeated=None if counts.repeated is None else names.of(counts.repeated),
            )
        )
    _require_apart(projects, parts)
    annotators = {key: who for part in parts for key, who in part.annotators.items()}
    return Counts(
        everybody=_joined([part.everybody for part in parts]),
        people=_joined([part.people for part in parts]),
        annotators=annotators,
        n_comparisons=len(np.unique(np.concatenate([names.common for names in renamed]))),
        groups=(*pairs_of_kinds(annotators), *_pairs_of_projects(projects, parts)),
        offered=parts[0].offered,
        pairs=_joined_pairs(parts, renamed),
        overlap=min(project.overlap for project in projects),
        forms=reduce(Forms.beside, [part.forms for part in parts]),
        answers=_joined_answers(parts),
        repeated=_joined([part.repeated for part in parts if part.repeated is not None]),
        asked_of_all=min(
            (part.asked_of_all for part in parts if part.asked_of_all is not None), default=None
        ),
    )


def _require_apart(projects: Sequence[Project], parts: Sequence[Counts]) -> None:
    """Refuse an opinion that would count twice: one person's, or votes imported into both."""
    for (one, first), (other, second) in combinations(zip(projects, parts, strict=True), 2):
        place = {"first": one.slug, "second": other.slug}
        twice = _places(first.everybody) & _places(second.everybody)
        if twice:
            comparison, annotator = min(twice)
            message = _(
                "%(who)s judged comparison %(comparison)s in %(first)s and in %(second)s, which "
                "would count one opinion twice."
            ) % {
                **place,
                "who": first.annotators[annotator][0],
                "comparison": public_ids_of([comparison])[comparison],
            }
            raise InvalidInput(message, field="project", value=other.slug)
        shared = _imported(first) & _imported(second)
        if shared:
            message = _(
                "Votes on comparison %(comparison)s were imported into %(first)s and into "
                "%(second)s: they may be the same votes, and would count twice."
            ) % {**place, "comparison": public_ids_of([min(shared)])[min(shared)]}
            raise InvalidInput(message, field="project", value=other.slug)


def _places(table: JudgementTable) -> set[tuple[int, int]]:
    rows = table.rows
    if rows is None:
        return set()
    return set(
        zip(
            table.comparisons[rows.comparison].tolist(),
            rows.annotators[rows.annotator].tolist(),
            strict=True,
        )
    )


def _imported(part: Counts) -> set[int]:
    return {
        comparison
        for comparison, annotator in _places(part.everybody)
        if part.annotators[annotator][1] == AnnotatorKind.IMPORTED
    }


def _joined(tables: Sequence[JudgementTable]) -> JudgementTable:
    whole, *others = tables
    for table in others:
        whole = merge_tables(whole, table)
    return whole


def _joined_answers(parts: Sequence[Counts]) -> list[Answers]:
    """To each question once: projects that ask the same have asked it together."""
    found: dict[Question, Answers] = {}
    for answers in (answers for part in parts for answers in part.answers):
        known = found.get(answers.question)
        found[answers.question] = answers if known is None else known.beside(answers)
    return list(found.values())


def _joined_pairs(parts: Sequence[Counts], renamed: Sequence[Renamed]) -> JudgedPairs:
    """The answers of every comparison; of one that is in several projects, those of the first."""
    pairs = [part.pairs for part in parts if part.pairs is not None]
    place: dict[str, int] = {}
    origins = [
        np.array([*(place.setdefault(name, len(place)) for name in each.names), -1])[each.origin]
        for each in pairs
    ]
    commons = [
        names.common[np.searchsorted(names.own, each.comparison)]
        for each, names in zip(pairs, renamed, strict=True)
    ]
    common, first = np.unique(np.concatenate(commons), return_index=True)
    turned = [
        names.is_turned[np.searchsorted(names.own, each.comparison)]
        for each, names in zip(pairs, renamed, strict=True)
    ]
    is_turned = np.concatenate(turned)[first]
    origin = np.concatenate(origins)[first]
    return JudgedPairs(
        comparison=common,
        length=np.concatenate([each.length for each in pairs])[first],
        origin=np.where(is_turned[:, None], origin[:, ::-1], origin),
        is_swapped=np.concatenate([each.is_swapped for each in pairs])[first] != is_turned,
        names=tuple(place),
    )


def _pairs_of_projects(projects: Sequence[Project], parts: Sequence[Counts]) -> list[GroupPair]:
    """Each two projects, by those who judged in one of them alone."""
    found = []
    for (one, first), (other, second) in combinations(zip(projects, parts, strict=True), 2):
        both = first.annotators.keys() & second.annotators.keys()
        groups = [sorted(part.annotators.keys() - both) for part in (first, second)]
        if all(groups):
            found.append(GroupPair("project", one.slug, other.slug, (groups[0], groups[1])))
    return found
