"""Projects to export, and what comes out of them."""

import csv
import io
import json
from typing import Any

from annotate.exports.export_options import ExportOptions
from annotate.exports.exporting import queue_export, run_export
from annotate.models import Export, Project, WorkState
from tests.annotate.imports.importing import imported, json_lines, votes_row
from tests.factories import make_project

CONVERSATION = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": [{"type": "text", "text": "Why"}, {"type": "text", "text": "?"}]},
]
PLAIN = [*CONVERSATION[:3], {"role": "user", "content": "Why?"}]


def project_with_every_outcome() -> Project:
    project = make_project()
    rows = [
        votes_row("a", "a", "b", prompt=CONVERSATION, tags=["t"]),
        votes_row("b", prompt="=Single?"),
        votes_row("tie", "tie", prompt="Tie?"),
        votes_row("both_bad", prompt="Bad?"),
        votes_row("a", "b", prompt="Undecided?"),
    ]
    imported(project, json_lines(*rows), recorded_use="count")
    return project


def export_of(project: Project, format: str, **options: Any) -> Export:
    chosen = ExportOptions(**options)
    row = queue_export(project=project, requested_by=None, format=format, options=chosen)
    run_export(export_id=row.pk)
    row.refresh_from_db()
    assert row.state == WorkState.SUCCEEDED, row.reason
    return row


def rows_of(export: Export) -> list[dict[str, Any]]:
    with export.file.open("rb") as file:
        content = file.read()
    if export.format.endswith("_json"):
        return json.loads(content)
    if export.format.endswith("_csv"):
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return [json.loads(line) for line in content.splitlines()]


def by_prompt(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (row,) = [one for one in rows if all(one.get(key) == value for key, value in wanted.items())]
    return row


def assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
