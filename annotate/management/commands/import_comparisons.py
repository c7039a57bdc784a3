import tempfile
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.management.base import CommandError, CommandParser

from alignment_core.formats.column_meanings import MEANINGS
from alignment_core.formats.known import AUTO, FORMATS, OF_ONE
from annotate.imports import hub_datasets
from annotate.imports.importing import queue_import, run_import
from annotate.imports.uploads import WORDING
from annotate.imports.words import ENCODINGS, QUOTES, Reading
from annotate.management.base import AccordCommand, Failed, project_by_slug
from annotate.models import (
    AlikePairs,
    ColumnMapping,
    Import,
    Project,
    RecordedUse,
    WorkState,
    WrongRows,
)

SHOWN_ERRORS = 20
HUB = "hub:"


class Command(AccordCommand):
    help = "Import comparisons, with or without votes, from a file in any of the known formats."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument(
            "file", type=Path, help="a file, or hub:OWNER/NAME/PATH for one of a hub's data set"
        )
        parser.add_argument("--revision", default="", help="of the hub's data set; else the newest")
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
        self._add_reading(parser)

    def _add_reading(self, parser: CommandParser) -> None:
        how = parser.add_argument_group(
            "how the file is written, where it is not found out rightly"
        )
        how.add_argument("--encoding", default="", choices=ENCODINGS, metavar="NAME")
        how.add_argument("--delimiter", default="", help="one of , ; | and TAB")
        how.add_argument("--quotes", default="", choices=QUOTES)
        columns = how.add_mutually_exclusive_group()
        columns.add_argument(
            "--column",
            dest="columns",
            type=_column,
            action="append",
            default=[],
            metavar="WHAT=NAME",
            help=f"what a column is, once for each that is read; WHAT: {', '.join(MEANINGS)}",
        )
        columns.add_argument("--mapping", help="columns kept in the project under this name")

    def run(self, *, file: Path, project: str, **options: Any) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        try:
            with _opened(str(file), options["revision"]) as opened:
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
                    reading=_reading(found, options),
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


@contextmanager
def _opened(name: str, revision: str) -> Iterator[IO[bytes]]:
    """A file of this machine, or of a hub's data set. Raises: OSError, AccordError."""
    if not name.startswith(HUB):
        with Path(name).open("rb") as file:
            yield file
        return
    owner, _slash, rest = name.removeprefix(HUB).partition("/")
    dataset, _slash, path = rest.partition("/")
    with tempfile.TemporaryFile() as scratch:
        hub_datasets.fetch(f"{owner}/{dataset}", revision, path, scratch)
        scratch.seek(0)
        yield scratch


def _column(said: str) -> tuple[str, str]:
    meaning, mark, name = said.partition("=")
    if not mark or meaning not in MEANINGS:
        raise ArgumentTypeError(f"{said!r} is not WHAT=NAME, with WHAT of {', '.join(MEANINGS)}")
    return meaning, name


def _reading(project: Project, options: dict[str, Any]) -> Reading:
    wording = {name: options[name] for name in WORDING if options[name]}
    if wording.get("delimiter", "").upper() in ("TAB", "\\T"):
        wording["delimiter"] = "\t"
    return Reading(wording, _columns(project, options))


def _columns(project: Project, options: dict[str, Any]) -> dict[str, str]:
    twice = [what for what, n in Counter(what for what, _ in options["columns"]).items() if n > 1]
    if twice:
        raise CommandError(f"--column says twice what {twice[0]} is.")
    if not options["mapping"]:
        return dict(options["columns"])
    kept = ColumnMapping.objects.filter(project=project).order_by("name")
    found = kept.filter(name=options["mapping"]).first()
    if found is None:
        names = ", ".join(kept.values_list("name", flat=True)[:20]) or "none"
        raise CommandError(f"No mapping is called {options['mapping']!r}. There are: {names}.")
    return dict(found.columns)


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
    names += ["n_duplicates", "n_contradictions", "n_second_votes", "n_alike", "n_unanswered"]
    names += ["n_wrong", "errors", "reason"]
    return {"import": row.public_id, **{name: getattr(row, name) for name in names}}
