"""TRL, one completion a row with a label that says whether it is good: for its KTO trainer."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from alignment_core.data.records import PreferenceRecord
from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Column, Holds, columns_of
from annotate.exports.selected import Selected
from annotate.models import EditOver
from annotate.preferences.edits import EditRecord

SAID = ("prompt", "completion", "label")


def rows(selected: Selected) -> Iterator[ExportRow]:
    """Both completions of a preference, and of both bad: there is nothing relative in a label.

    An edit is good by itself, once; nothing that it is set over is bad for that.
    """
    for record in selected.records():
        if record.outcome == "tie":
            selected.left_out["tie"] += 1
            continue
        for text, is_good in _labelled(record):
            yield (
                about(record),
                {
                    "prompt": plain_messages(record),
                    "completion": answer(text),
                    "label": is_good,
                },
            )


def _labelled(record: PreferenceRecord) -> list[tuple[str, bool]]:
    if isinstance(record, EditRecord):
        return [(record.chosen, True)] if record.over == EditOver.CHOSEN else []
    return [(record.chosen, record.outcome == "preference"), (record.rejected, False)]


FORMAT = ExportFormat(
    name="trl_unpaired",
    label=_("TRL, unpaired (KTO)"),
    explains=_(
        "One completion a row with whether it is good: what was chosen is, what was rejected is "
        "not, and neither is of a pair that was found both bad. An edited answer is good."
    ),
    rows=rows,
    columns=(*columns_of(Holds.MESSAGES, "prompt", "completion"), Column("label", Holds.TRUTH)),
    containers=(JSON_LINES, PARQUET),
    said_in=SAID,
)
