"""How tests import: bytes in, the finished row out."""

import json
from typing import Any

from django.core.files.base import ContentFile

from annotate.imports.importing import queue_import, run_import
from annotate.models import Import, Project


def json_lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def queued(project: Project, content: bytes, **options: Any) -> Import:
    values = {"requested_by": None, "file_name": "data.jsonl", **options}
    return queue_import(project=project, file=ContentFile(content), **values)


def imported(project: Project, content: bytes, **options: Any) -> Import:
    row = queued(project, content, **options)
    run_import(import_id=row.pk)
    row.refresh_from_db()
    return row


def pair(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A row of the plainest format."""
    values = {"prompt": f"Question {number}?", "chosen": "Yes.", "rejected": "No."}
    return {**values, **fields}


def votes_row(*choices: str, prompt: str = "Q?", **fields: Any) -> dict[str, Any]:
    """A row with one vote of each of several annotators."""
    votes = [{"annotator": f"w{n}", "choice": choice} for n, choice in enumerate(choices)]
    row = {"prompt": prompt, "response_a": "A", "response_b": "B", "votes": votes}
    return {**row, "model_a": "m1", "model_b": "m2", **fields}
