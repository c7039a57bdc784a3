"""Judgements as they were given: simulated ones are marked by their kind of annotator."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery

from alignment_core.canonical import canonical_json
from annotate.comparisons.visible import live_judgements
from annotate.models import Membership, Project, Verdict

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
GIVEN = (  # exported under the same names
    "verdict",
    "strength",
    "criteria",
    "reasons",
    "note",
    "edited_text",
    "seconds",
    "first_was_left",
    "guidelines_version",
    "is_counted",
)
AROUND = (
    "public_id",
    "judged_at",
    "annotator__pseudonym",
    "annotator__kind",
    "comparison__public_id",
    "comparison__prompt__messages",
    *(
        f"comparison__{side}__{field}"
        for side in ("first", "second")
        for field in ("public_id", "text", "origin")
    ),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json_lines(project: Project) -> Iterator[bytes]:
    """All there is to know of each live judgement, texts byte for byte."""
    for row in _judgements(project):
        line = canonical_json(
            {
                **{name: row[name] for name in GIVEN},
                "id": str(row["public_id"]),
                "comparison": str(row["comparison__public_id"]),
                "annotator": row["annotator__pseudonym"],
                "annotator_kind": row["annotator__kind"],
                "cohort": row["cohort"] or "",
                "judged_at": row["judged_at"].isoformat(),
                "prompt": row["comparison__prompt__messages"],
                "first": _completion(row, "first"),
                "second": _completion(row, "second"),
            }
        )
        yield line.encode() + b"\n"


def csv_lines(project: Project) -> Iterator[bytes]:
    """One vote a row, for spreadsheets, and to be imported again.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, so texts are
    exact in JSON Lines only.
    """
    yield _csv_line(COLUMNS)
    for row in _judgements(project):
        yield _csv_line(
            _guarded(cell)
            for cell in (
                str(row["comparison__public_id"]),
                row["annotator__pseudonym"],
                row["annotator__kind"],
                row["cohort"] or "",
                CHOICES[Verdict(row["verdict"])],
                str(int(row["is_counted"])),
                row["judged_at"].isoformat(),
                _prompt_cell(row["comparison__prompt__messages"]),
                row["comparison__first__text"],
                row["comparison__second__text"],
                row["comparison__first__origin"],
                row["comparison__second__origin"],
            )
        )


def _judgements(project: Project) -> Iterator[dict[str, Any]]:
    """As plain values: making six instances of each row would cost more than all the rest."""
    cohort = Membership.objects.filter(
        annotator=OuterRef("annotator"), project=OuterRef("project")
    ).values("cohort")[:1]
    judgements = live_judgements(project).order_by("public_id").annotate(cohort=Subquery(cohort))
    rows: Iterator[dict[str, Any]] = judgements.values(*GIVEN, *AROUND, "cohort").iterator(
        chunk_size=CHUNK
    )
    return rows


def _completion(row: Mapping[str, Any], side: str) -> dict[str, str]:
    return {
        "id": str(row[f"comparison__{side}__public_id"]),
        "text": row[f"comparison__{side}__text"],
        "origin": row[f"comparison__{side}__origin"],
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
