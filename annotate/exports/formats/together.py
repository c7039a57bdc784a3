"""Together's preference fine-tuning: as OpenAI's, with nothing but messages in the input."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES
from annotate.exports.export_format import ExportFormat, ExportRow
from annotate.exports.formats import openai
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    for prompt, row in openai.rows(selected):
        yield prompt, row | {"input": {"messages": row["input"]["messages"]}}


FORMAT = ExportFormat(
    name="together",
    label=_("Together preferences"),
    explains=_("For preference fine-tuning at Together."),
    rows=rows,
    columns=openai.FORMAT.columns,
    containers=(JSON_LINES,),
    said_in=openai.FORMAT.said_in,
    has_room=False,
)
