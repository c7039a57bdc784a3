"""TRL, preferences whose prompt stands inside both whole conversations."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Holds, columns_of
from annotate.exports.selected import Selected

SAID = ("chosen", "rejected")


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.pairs():
        before = plain_messages(record)
        yield (
            about(record),
            {
                "chosen": before + answer(record.chosen),
                "rejected": before + answer(record.rejected),
            },
        )


FORMAT = ExportFormat(
    name="trl_implicit",
    label=_("TRL, the prompt inside"),
    explains=_("Whole conversations, as reward models are trained on by TRL."),
    rows=rows,
    columns=columns_of(Holds.MESSAGES, *SAID),
    containers=(JSON_LINES, PARQUET),
    said_in=SAID,
)
