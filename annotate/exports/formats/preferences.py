"""Preference records: every outcome with its votes, as in snapshots. They come back equal."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import CSV, JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow, about
from annotate.exports.judgement_rows import prompt_cell
from annotate.exports.row_columns import Column, Holds, columns_of, texts
from annotate.exports.selected import Selected

COLUMNS = (
    *texts("id", "prompt", "chosen", "rejected", "outcome"),
    *columns_of(Holds.WHOLE, "n_chosen", "n_rejected", "n_tie", "n_both_bad"),
    Column("verdicts_by_cohort", Holds.OBJECT),
    *columns_of(Holds.NUMBER, "p_chosen", "strength"),
    *texts("resolved_by", "origin_chosen", "origin_rejected"),
    Column("tags", Holds.OBJECT),
    Column("language"),
)


def rows(selected: Selected) -> Iterator[ExportRow]:
    for record in selected.records():
        yield about(record), record.as_json()


def as_table(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its votes in columns of their own, where structures are JSON."""
    counts = {f"n_{verdict}": n for verdict, n in row["verdicts"].items()}
    return {**row, **counts, "prompt": prompt_cell(list(row["prompt"])), "tags": list(row["tags"])}


FORMAT = ExportFormat(
    name="preferences",
    label=_("Preference records"),
    explains=_(
        "Every outcome with its votes, ties and both bad too; accord-align trains on it, and it "
        "can be imported again."
    ),
    rows=rows,
    columns=COLUMNS,
    containers=(JSON_LINES, CSV, PARQUET),
    said_in=("prompt", "chosen", "rejected", "outcome"),
    as_table=as_table,
    imports_as="preferences preferences_table",
)
