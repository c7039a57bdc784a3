from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandError, CommandParser

from alignment_core.formats.known import AUTO, FORMATS, OF_ONE
from annotate.imports.importing import queue_import, run_import
from annotate.management.base import AccordCommand, Failed, project_by_slug
from annotate.models import AlikePairs, Import, RecordedUse, WorkState, WrongRows

SHOWN_ERRORS = 20


class Command(AccordCommand):
    help = "Import comparisons, with or without votes, from a file in any of the known formats."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--format",
            default=AUTO,
            choices=[AUTO, *(entry.name for entry in (*FORMATS, *OF_ONE))],
        )
        parser.add_argument(
            "--wrong-rows",
            default=WrongRows.REFUSE.value,
            choices=WrongRows.values,
            help="refuse the whole file, or skip the wrong rows and keep the good ones",
        )
        parser.add_argument(
            "--recorded-use",
            default=RecordedUse.HOLD.value,
            choices=RecordedUse.values,
            help="hold aside what the file says of the pairs, or count it as judgements",
        )
        parser.add_argument(
            "--alike-pairs",
            default=AlikePairs.KEEP.value,
            choices=AlikePairs.values,
            help="what becomes of pairs that differ in nothing that is drawn",
        )
        parser.add_argument("--overlap", type=int, help="judgements wanted, if not the project's")

    def run(self, *, file: Path, project: str, **options: Any) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        try:
            with file.open("rb") as opened:
                row = queue_import(
                    project=found,
                    requested_by=None,
                    file=File(opened),
                    file_name=file.name,
                    format=options["format"],
                    wrong_rows=options["wrong_rows"],
                    recorded_use=options["recorded_use"],
                    alike_pairs=options["alike_pairs"],
                    overlap=options["overlap"],
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        with self.progress(lambda: f"{_fresh(row).n_done:,} rows"):
            run_import(import_id=row.pk)
        row = _fresh(row)
        if not options["json"]:
            self._show_errors(row)
        facts = _facts(row)
        if row.state == WorkState.FAILED:
            raise Failed(row.reason, facts)
        return _sentence(row), facts

    def _show_errors(self, row: Import) -> None:
        for error in row.errors[:SHOWN_ERRORS]:
            where = f"row {error['row']}" + (f", {error['field']}" if error["field"] else "")
            value = f" ({error['value']})" if error["value"] else ""
            self.stderr.write(f"{where}: {error['message']}{value}")
        if row.n_wrong > SHOWN_ERRORS:
            self.stderr.write(f"… and {row.n_wrong - SHOWN_ERRORS} more wrong rows")


def _fresh(row: Import) -> Import:
    return Import.objects.get(pk=row.pk)


def _sentence(row: Import) -> str:
    if row.state != WorkState.SUCCEEDED:
        return f"{row.file_name}: a worker has it; it is {row.state} now."
    return (
        f"{row.file_name}: {row.n_comparisons} comparisons of {row.n_prompts} prompts, "
        f"{row.n_judgements} judgements, {row.n_duplicates} repeats, "
        f"{row.n_contradictions} contradictions, {row.n_second_votes} second votes, "
        f"{row.n_alike} pairs that look the same, {row.n_wrong} wrong rows."
    )


def _facts(row: Import) -> dict[str, Any]:
    names = ["state", "format", "n_done", "n_prompts", "n_comparisons", "n_judgements"]
    names += ["n_duplicates", "n_contradictions", "n_second_votes", "n_alike"]
    names += ["n_wrong", "errors", "reason"]
    return {"import": row.public_id, **{name: getattr(row, name) for name in names}}
