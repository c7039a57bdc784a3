"""Judgements as they were given: simulated ones are marked by their kind of annotator."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from alignment_core.canonical import canonical_json
from annotate.models import Judgement, Membership, Project, Verdict
from annotate.selectors import live_judgements

CHUNK = 1000
CHOICES = {
    Verdict.FIRST: "a",
    Verdict.SECOND: "b",
    Verdict.TIE: "tie",
    Verdict.BOTH_BAD: "both_bad",
}
COLUMNS = (
    "task_id",
    "annotator",
    "annotator_kind",
    "cohort",
    "choice",
    "is_counted",
    "judged_at",
    "prompt",
    "response_a",
    "response_b",
    "model_a",
    "model_b",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json_lines(project: Project) -> Iterator[bytes]:
    """All there is to know of each live judgement, texts byte for byte."""
    for judgement in _judgements(project):
        comparison = judgement.comparison
        yield (
            canonical_json(
                {
                    "id": str(judgement.public_id),
                    "comparison": str(comparison.public_id),
                    "annotator": judgement.annotator.pseudonym,
                    "annotator_kind": judgement.annotator.kind,
                    "cohort": judgement.cohort or "",
                    "verdict": judgement.verdict,
                    "strength": judgement.strength,
                    "criteria": judgement.criteria,
                    "reasons": judgement.reasons,
                    "note": judgement.note,
                    "edited_text": judgement.edited_text,
                    "seconds": judgement.seconds,
                    "first_was_left": judgement.first_was_left,
                    "guidelines_version": judgement.guidelines_version,
                    "is_counted": judgement.is_counted,
                    "judged_at": judgement.judged_at.isoformat(),
                    "prompt": comparison.prompt.messages,
                    "first": _completion(comparison.first),
                    "second": _completion(comparison.second),
                }
            ).encode()
            + b"\n"
        )


def csv_lines(project: Project) -> Iterator[bytes]:
    """One vote a row, for spreadsheets, and to be imported again.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, so texts are
    exact in JSON Lines only.
    """
    yield _csv_line(COLUMNS)
    for judgement in _judgements(project):
        comparison = judgement.comparison
        yield _csv_line(
            _guarded(cell)
            for cell in (
                str(comparison.public_id),
                judgement.annotator.pseudonym,
                judgement.annotator.kind,
                judgement.cohort or "",
                CHOICES[Verdict(judgement.verdict)],
                str(int(judgement.is_counted)),
                judgement.judged_at.isoformat(),
                _prompt_cell(comparison.prompt.messages),
                comparison.first.text,
                comparison.second.text,
                comparison.first.origin,
                comparison.second.origin,
            )
        )


def _judgements(project: Project) -> Iterator[Judgement]:
    cohort = Membership.objects.filter(
        annotator=OuterRef("annotator"), project=OuterRef("project")
    ).values("cohort")[:1]
    judgements: QuerySet[Judgement] = (
        live_judgements(project)
        .select_related(
            "annotator", "comparison__prompt", "comparison__first", "comparison__second"
        )
        .annotate(cohort=Subquery(cohort))
        .order_by("public_id")
    )
    return judgements.iterator(chunk_size=CHUNK)


def _completion(completion: Any) -> dict[str, str]:
    return {
        "id": str(completion.public_id),
        "text": completion.text,
        "origin": completion.origin,
    }


def _prompt_cell(messages: list[dict[str, Any]]) -> str:
    """A single question as it is, a conversation as JSON: the import reads both."""
    if len(messages) == 1 and isinstance(messages[0]["content"], str):
        return messages[0]["content"]
    return canonical_json(messages)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _csv_line(cells: Any) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue().encode()
