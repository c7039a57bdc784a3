"""LLaMA-Factory's alpaca ranking: an instruction with chosen and rejected texts.

Earlier turns are its history and a system message its system.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_ARRAY, JSON_LINES
from annotate.exports.export_format import ExportFormat, ExportRow, about, plain_messages
from annotate.exports.row_columns import Column, Holds, texts
from annotate.exports.selected import Selected

SAID = ("instruction", "input", "chosen", "rejected", "system", "history")


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.pairs():
        turns = plain_messages(record)
        system = turns.pop(0)["content"] if turns[0]["role"] == "system" else ""
        *before, last = [turn["content"] for turn in turns]
        yield (
            about(record),
            {
                "instruction": last,
                "input": "",
                "chosen": record.chosen,
                "rejected": record.rejected,
                "system": system,
                "history": [list(pair) for pair in zip(before[::2], before[1::2], strict=True)],
            },
        )


FORMAT = ExportFormat(
    name="llama_factory",
    label=_("LLaMA-Factory ranking"),
    explains=_("Alpaca's fields with chosen and rejected; its dataset_info entry lies beside."),
    rows=rows,
    columns=(*texts(*SAID[:-1]), Column("history", Holds.OBJECT)),
    containers=(JSON_ARRAY, JSON_LINES),
    said_in=SAID,
    dataset_info={
        "ranking": True,
        "columns": {
            "prompt": "instruction",
            "query": "input",
            **{name: name for name in ("chosen", "rejected", "system", "history")},
        },
    },
)
