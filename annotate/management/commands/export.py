import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.exports.exporting import queue_export, run_export
from annotate.exports.formats import EXPORT_FORMATS
from annotate.management.base import AccordCommand, project_by_slug, written
from annotate.models import Export, WorkState


class Command(AccordCommand):
    help = "Write a project's judgements or preferences to a file, under pseudonyms."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument("format", choices=list(EXPORT_FORMATS))
        parser.add_argument("output", type=Path, help="where the file goes")

    def run(
        self, *, project: str, format: str, output: Path, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        with written(output) as file:
            row = queue_export(project=found, requested_by=None, format=format)
            with self.progress(lambda: f"writing {output.name}"):
                run_export(export_id=row.pk)
            row = Export.objects.get(pk=row.pk)
            if row.state != WorkState.SUCCEEDED:
                raise CommandError(row.reason or f"A worker has it; it is {row.state} now.")
            with row.file.open("rb") as stored:
                shutil.copyfileobj(stored, file)
        facts = {
            "export": row.public_id,
            "output": output,
            "n_rows": row.n_done,
            "size_bytes": row.size_bytes,
            "sha256": row.digest,
        }
        return f"{output}: {row.n_done} rows, {row.size_bytes} bytes, sha256 {row.digest}", facts
