import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.exports.beside import beside
from annotate.exports.export_options import DROP, EDITS, KEEP, USUAL, ExportOptions
from annotate.exports.exporting import queue_export, run_export
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.left_out_rows import in_words
from annotate.management.base import AccordCommand, project_by_slug, written
from annotate.models import AnnotatorKind, Export, WorkState

LISTED = {
    "tag": "of the prompt; may be given again, and one is enough",
    "cohort": "of whoever judged; may be given again",
    "origin": "of either answer; may be given again",
}


class Command(AccordCommand):
    help = "Write a project's judgements or preferences to a file, under pseudonyms."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument("format", choices=list(EXPORT_FORMATS))
        parser.add_argument("output", type=Path, help="where the file goes")
        parser.add_argument("--since", type=date.fromisoformat, help="first day, YYYY-MM-DD")
        parser.add_argument("--until", type=date.fromisoformat, help="last day, YYYY-MM-DD")
        for name, what in LISTED.items():
            parser.add_argument(f"--{name}", action="append", default=[], help=what)
        parser.add_argument(
            "--kind",
            action="append",
            default=[],
            choices=AnnotatorKind.values,
            help="whose judgements count; may be given again",
        )
        parser.add_argument(
            "--min-agreement", type=float, default=0.0, help="share of the winning verdict, 0 to 1"
        )
        parser.add_argument(
            "--eval-share", type=float, help="add the column split, with this share held out"
        )
        parser.add_argument(
            "--edits",
            choices=[name for name, _label in EDITS],
            default=USUAL.edits,
            help="pairs of what people made of the better answer, in files of preferences",
        )
        parser.add_argument(
            "--repeats",
            choices=[KEEP, DROP],
            default=KEEP,
            help="rows that say once more what an earlier one says",
        )
        parser.add_argument(
            "--arenas",
            dest="include_arenas",
            action="store_true",
            help="take pairs that arenas asked along, on the held-out side; with --eval-share",
        )
        parser.add_argument(
            "--beside",
            type=Path,
            help="a folder for the file's card and what else lies beside it",
        )

    def run(
        self, *, project: str, format: str, output: Path, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        with written(output) as file:
            row = queue_export(
                project=found, requested_by=None, format=format, options=_options(options)
            )
            with self.progress(lambda: f"writing {output.name}"):
                run_export(export_id=row.pk)
            row = Export.objects.get(pk=row.pk)
            if row.state != WorkState.SUCCEEDED:
                raise CommandError(row.reason or f"A worker has it; it is {row.state} now.")
            with row.file.open("rb") as stored:
                shutil.copyfileobj(stored, file)
        if options["beside"] is not None:
            _write_beside(row, options["beside"])
        facts = {
            "export": row.public_id,
            "output": output,
            "n_rows": row.n_done,
            "left_out": row.left_out,
            "size_bytes": row.size_bytes,
            "sha256": row.digest,
        }
        left_out = "".join(f"; left out {n}: {words}" for n, words in in_words(row.left_out))
        whole = f"{output}: {row.n_done} rows, {row.size_bytes} bytes, sha256 {row.digest}"
        return f"{whole}{left_out}", facts


def _options(given: dict[str, Any]) -> ExportOptions:
    lists = {f"{name}s": given[name] for name in (*LISTED, "kind")}
    names = (
        *("since", "until", "min_agreement", "eval_share", "edits", "repeats"),
        "include_arenas",
    )
    return ExportOptions.of({**lists, **{name: given[name] for name in names}})


def _write_beside(row: Export, folder: Path) -> None:
    for name, content in beside(row).items():
        with written(folder / name) as file:
            file.write(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")
