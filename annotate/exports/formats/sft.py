"""Demonstrations for supervised fine-tuning: a conversation that ends in the best answer known."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from alignment_core.data.one_by_one import one_by_one
from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Column, Holds
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    """Where edits are asked for, each stands in the place of the chosen answer that it improves."""
    numbered = enumerate(selected.pairs())
    for _number, record in one_by_one(numbered, selected.left_out, in_place=True):
        yield about(record), {"messages": plain_messages(record) + answer(record.chosen)}


FORMAT = ExportFormat(
    name="sft",
    label=_("Demonstrations (SFT)"),
    explains=_(
        "A conversation with the chosen answer, or with an edit in its place where edits are asked "
        "for: as TRL's SFT trainer reads it."
    ),
    rows=rows,
    columns=(Column("messages", Holds.MESSAGES),),
    containers=(JSON_LINES, PARQUET),
    said_in=("messages",),
)
