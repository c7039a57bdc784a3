"""Anthropic's HH form: two whole transcripts that part at the last answer."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES
from annotate.exports.export_format import ExportFormat, ExportRow, about, plain_messages
from annotate.exports.row_columns import texts
from annotate.exports.selected import Selected

NAMES = {"user": "Human", "assistant": "Assistant", "system": "System"}
SAID = ("chosen", "rejected")


def rows(selected: Selected) -> Iterator[ExportRow]:
    """A text that holds the beginning of a turn could not be told from one, so it stays out."""
    for record in selected.pairs():
        messages = plain_messages(record)
        if _has_turn([*(one["content"] for one in messages), record.chosen, record.rejected]):
            selected.left_out["form"] += 1
            continue
        before = "".join(f"\n\n{NAMES[one['role']]}: {one['content']}" for one in messages)
        yield (
            about(record),
            {
                "chosen": f"{before}\n\nAssistant: {record.chosen}",
                "rejected": f"{before}\n\nAssistant: {record.rejected}",
            },
        )


def _has_turn(contents: list[str]) -> bool:
    return any(f"\n\n{name}:" in content for content in contents for name in NAMES.values())


FORMAT = ExportFormat(
    name="hh",
    label=_("Anthropic HH transcripts"),
    explains=_("Whole transcripts; texts in which a turn seems to begin are left out."),
    rows=rows,
    columns=texts(*SAID),
    containers=(JSON_LINES,),
    said_in=SAID,
)
