"""Rankings: a set a row, with everybody's ranks of its completions and a consensus of them."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_LINES, PARQUET
from annotate.exports.export_format import ExportFormat, ExportRow
from annotate.exports.ranking_rows import ranking_rows
from annotate.exports.row_columns import Column, Holds, columns_of, texts
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    for row in ranking_rows(selected):
        yield row["prompt"], row


FORMAT = ExportFormat(
    name="rankings",
    label=_("Rankings of several answers"),
    explains=_(
        "A prompt, its answers, the ranks that each annotator gave them and the order of the mean "
        "ranks; it can be imported again."
    ),
    rows=rows,
    columns=(
        Column("id"),
        Column("prompt", Holds.MESSAGES),
        *columns_of(Holds.OBJECT, "completions", "rankings", "consensus", "tags"),
        *texts("language", "external_id"),
    ),
    containers=(JSON_LINES, PARQUET),
    imports_as="ranked",
    is_of_judgements=True,
)
