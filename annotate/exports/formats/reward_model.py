"""Triples for a reward model: one question, the better and the worse answer, as plain texts."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import CSV, JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about, plain_messages
from annotate.exports.row_columns import Column, Holds, columns_of, texts
from annotate.exports.selected import Selected

COUNTS = ("n_chosen", "n_rejected", "n_tie", "n_both_bad")


def rows(selected: Selected) -> Iterator[ExportRow]:
    """A conversation is no plain text, so it stays out: other formats hold it."""
    for record in selected.pairs():
        messages = plain_messages(record)
        if len(messages) > 1:
            selected.left_out["form"] += 1
            continue
        counts = record.verdicts.as_json()
        yield (
            about(record),
            {
                "prompt": messages[0]["content"],
                "chosen": record.chosen,
                "rejected": record.rejected,
                "outcome": record.outcome,
                **{f"n_{verdict}": n for verdict, n in counts.items()},
                "p_chosen": record.p_chosen,
                "strength": record.strength,
                "resolved_by": record.resolved_by,
            },
        )


FORMAT = ExportFormat(
    name="reward_model",
    label=_("Triples for a reward model"),
    explains=_(
        "Question, better and worse answer as plain texts, with the votes; conversations of more "
        "than one message are left out."
    ),
    rows=rows,
    columns=(
        *texts("prompt", "chosen", "rejected", "outcome"),
        *columns_of(Holds.WHOLE, *COUNTS),
        *columns_of(Holds.NUMBER, "p_chosen", "strength"),
        Column("resolved_by"),
    ),
    containers=(JSON_LINES, CSV, PARQUET),
    said_in=("prompt", "chosen", "rejected"),
)
