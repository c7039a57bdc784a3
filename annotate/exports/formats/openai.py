"""OpenAI's preference fine-tuning: an input with a preferred and a non-preferred output."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Column, Holds, columns_of
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.pairs():
        yield (
            about(record),
            {
                "input": {
                    "messages": plain_messages(record),
                    "tools": [],
                    "parallel_tool_calls": True,
                },
                "preferred_output": answer(record.chosen),
                "non_preferred_output": answer(record.rejected),
            },
        )


FORMAT = ExportFormat(
    name="openai",
    label=_("OpenAI preferences"),
    explains=_("For preference fine-tuning at OpenAI."),
    rows=rows,
    columns=(
        Column("input", Holds.OBJECT),
        *columns_of(Holds.MESSAGES, "preferred_output", "non_preferred_output"),
    ),
    containers=(JSON_LINES,),
    said_in=("input", "preferred_output", "non_preferred_output"),
    has_room=False,  # the service refuses fields that it does not know
)
