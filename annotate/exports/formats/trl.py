"""TRL, preferences with an explicit prompt: conversational, as its trainers take them."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Holds, columns_of
from annotate.exports.selected import Selected

SAID = ("prompt", "chosen", "rejected")


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.pairs():
        yield (
            about(record),
            {
                "prompt": plain_messages(record),
                "chosen": answer(record.chosen),
                "rejected": answer(record.rejected),
            },
        )


FORMAT = ExportFormat(
    name="trl",
    label=_("TRL, with a prompt"),
    explains=_("Conversational preferences for DPO and other trainers of TRL."),
    rows=rows,
    columns=columns_of(Holds.MESSAGES, *SAID),
    containers=(JSON_LINES, PARQUET),
    said_in=SAID,
)
