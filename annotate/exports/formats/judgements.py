"""Raw judgements, one a row, with all that is known of each. They come back equal."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import CSV, JSON_LINES, PARQUET
from annotate.exports.export_format import About, ExportFormat, ExportRow
from annotate.exports.judgement_rows import COLUMNS, as_table
from annotate.exports.selected import Selected


def rows(selected: Selected) -> Iterator[ExportRow]:
    for row in selected.judgements():
        yield About(row["prompt"]), row


FORMAT = ExportFormat(
    name="judgements",
    label=_("Judgements, one a row"),
    explains=_("Every vote with all that is known of it; it can be imported again."),
    rows=rows,
    columns=COLUMNS,
    containers=(JSON_LINES, CSV, PARQUET),
    as_table=as_table,
    imports_as="judgements judgements_table",
    is_of_judgements=True,
)
