"""KTO as LLaMA-Factory has it: a whole conversation and a label."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_ARRAY, JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow
from annotate.exports.formats import trl_unpaired
from annotate.exports.row_columns import Column, Holds
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    for prompt, row in trl_unpaired.rows(selected):
        yield prompt, {"messages": row["prompt"] + row["completion"], "label": row["label"]}


FORMAT = ExportFormat(
    name="kto",
    label=_("KTO, whole conversations"),
    explains=_(
        "A conversation and whether its last answer is good, as LLaMA-Factory reads it; its "
        "dataset_info entry lies beside."
    ),
    rows=rows,
    columns=(Column("messages", Holds.MESSAGES), Column("label", Holds.TRUTH)),
    containers=(JSON_LINES, JSON_ARRAY, PARQUET),
    said_in=("messages", "label"),
    dataset_info={
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "kto_tag": "label"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    },
)
