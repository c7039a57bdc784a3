"""UltraFeedback, binarized: whole conversations with a score of each side, from 0 to 1."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, answer, plain_messages
from annotate.exports.row_columns import Holds, columns_of, texts
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    """The scores are the shares of the votes; null where a ruling had no votes."""
    for record in selected.pairs():
        messages = plain_messages(record)
        chosen = messages + answer(record.chosen)
        share = record.p_chosen
        yield (
            about(record),
            {
                "prompt": next(one["content"] for one in messages if one["role"] == "user"),
                "prompt_id": record.id,
                "chosen": chosen,
                "rejected": messages + answer(record.rejected),
                "messages": chosen,
                "score_chosen": share,
                "score_rejected": None if share is None else 1 - share,
            },
        )


FORMAT = ExportFormat(
    name="ultrafeedback",
    label=_("UltraFeedback, binarized"),
    explains=_("Conversations with the share of the votes as the score of each side."),
    rows=rows,
    columns=(
        *texts("prompt", "prompt_id"),
        *columns_of(Holds.MESSAGES, "chosen", "rejected", "messages"),
        *columns_of(Holds.NUMBER, "score_chosen", "score_rejected"),
    ),
    containers=(JSON_LINES, PARQUET),
    said_in=("chosen", "rejected"),
)
