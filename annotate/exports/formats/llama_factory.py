"""LLaMA-Factory's alpaca ranking: an instruction with chosen and rejected texts.

Earlier turns are its history and a system message its system; `dataset_info` is what its own file
of that name needs to find the data.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_ARRAY, JSON_LINES
from annotate.exports.export_format import ExportFormat, ExportRow, plain_messages
from annotate.exports.row_columns import Column, Holds, texts
from annotate.exports.selected import Selected

SAID = ("instruction", "input", "chosen", "rejected", "system", "history")


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.pairs():
        turns = plain_messages(record)
        system = turns.pop(0)["content"] if turns[0]["role"] == "system" else ""
        *before, last = [turn["content"] for turn in turns]
        yield (
            record.prompt,
            {
                "instruction": last,
                "input": "",
                "chosen": record.chosen,
                "rejected": record.rejected,
                "system": system,
                "history": [list(pair) for pair in zip(before[::2], before[1::2], strict=True)],
            },
        )


def dataset_info(file_name: str) -> dict[str, Any]:
    """The entry under which LLaMA-Factory finds a file."""
    columns = {"prompt": "instruction", "query": "input"}
    columns |= {name: name for name in ("chosen", "rejected", "system", "history")}
    name = file_name.rsplit(".", 1)[0]
    return {name: {"file_name": file_name, "ranking": True, "columns": columns}}


FORMAT = ExportFormat(
    name="llama_factory",
    label=_("LLaMA-Factory ranking"),
    explains=_("Alpaca's fields with chosen and rejected; its dataset_info entry lies beside."),
    rows=rows,
    columns=(*texts(*SAID[:-1]), Column("history", Holds.OBJECT)),
    containers=(JSON_ARRAY, JSON_LINES),
    said_in=SAID,
)
