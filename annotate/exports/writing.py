"""One export's rows into a file: selected, marked with their split, without repeats if wanted."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.exports.containers import PARQUET, require_parquet
from annotate.exports.export_options import DROP, ExportOptions
from annotate.exports.formats import FileFormat
from annotate.exports.repeats import Seen
from annotate.exports.row_columns import EDITOR, IS_EDIT, SPLIT, Column
from annotate.exports.selected import Selected
from annotate.exports.split import split_by_installation
from annotate.models import Project
from annotate.preferences.edits import Edits

EDIT = (IS_EDIT, EDITOR)


@dataclass(frozen=True)
class Written:
    n_rows: int
    left_out: dict[str, int]  # by reason, but for reasons of which there was none


def check_options(chosen: FileFormat, options: ExportOptions) -> None:
    """Raises: InvalidInput for what this format cannot do, or this installation."""
    options.check()
    if chosen.container is PARQUET:
        require_parquet()
    if options.eval_share is not None:
        if not chosen.format.has_room:
            raise InvalidInput(
                _("Rows of this format have no place for a split."), field="eval_share"
            )
        split_by_installation(options.eval_share)
    if options.min_agreement and chosen.format.is_of_judgements:
        raise InvalidInput(
            _("Rows of this format are single judgements, which have no agreement."),
            field="min_agreement",
        )
    if options.include_arenas and chosen.format.is_of_judgements:
        raise InvalidInput(
            _("Rows of this format are single judgements: those of arenas are among them anyway."),
            field="include_arenas",
            value=True,
        )
    if options.repeats == DROP and not chosen.format.said_in:
        raise InvalidInput(_("Rows of this format are never repeated."), field="repeats")


def columns_of(chosen: FileFormat, options: ExportOptions) -> tuple[Column, ...]:
    """What a row of the file has."""
    of_split = () if options.eval_share is None else (SPLIT,)
    return chosen.format.columns + of_split + (EDIT if _tells_edits(chosen, options) else ())


def _tells_edits(chosen: FileFormat, options: ExportOptions) -> bool:
    """Whether rows say if they are an edit's, and whose; those of judgements hold the edit."""
    is_asked = options.edits != Edits.NONE
    return is_asked and chosen.format.has_room and not chosen.format.is_of_judgements


def write_rows(
    file: IO[bytes], project: Project, chosen: FileFormat, options: ExportOptions
) -> Written:
    """Write the file, a few rows in memory at a time."""
    selected = Selected(project, options)
    rows = _rows(selected, chosen)
    n_rows = chosen.container.write(file, columns_of(chosen, options), rows)
    return Written(n_rows, {name: n for name, n in selected.left_out.items() if n})


def _rows(selected: Selected, chosen: FileFormat) -> Iterator[dict[str, Any]]:
    options, format = selected.options, chosen.format
    side_of = None
    if options.eval_share is not None:
        side_of = split_by_installation(options.eval_share)
    tells_edits = _tells_edits(chosen, options)
    as_table = format.as_table if chosen.container.is_table else None
    with ExitStack() as stack:
        seen = stack.enter_context(Seen()) if options.repeats == DROP else None
        for about, row in format.rows(selected):
            if seen is not None and seen.add({name: row[name] for name in format.said_in}):
                selected.left_out["repeated"] += 1
                continue
            beside: dict[str, Any] = {}
            if side_of is not None:
                beside[SPLIT.name] = side_of(about.prompt)
            if tells_edits:
                beside |= {IS_EDIT.name: bool(about.editor), EDITOR.name: about.editor}
            yield {**(row if as_table is None else as_table(row)), **beside}
