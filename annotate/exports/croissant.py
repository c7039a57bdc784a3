"""The card of an exported file: Croissant 1.0, JSON-LD that data set searches and libraries read.

Source: MLCommons, Croissant Format Specification 1.0, http://mlcommons.org/croissant/1.0.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.exports.containers import JSON_ARRAY, JSON_LINES
from annotate.exports.export_options import ExportOptions
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.left_out_rows import in_words
from annotate.exports.row_columns import Column, Holds
from annotate.exports.writing import columns_of
from annotate.models import Export

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {Holds.WHOLE: "sc:Integer", Holds.NUMBER: "sc:Float", Holds.TRUTH: "sc:Boolean"}
RECORDS, FILE = "rows", "file"


def card(export: Export, *, file_name: str) -> dict[str, Any]:
    """Name, origin, digest and fields of a finished export, as plain values."""
    chosen = EXPORT_FORMATS[export.format]
    columns = columns_of(chosen, ExportOptions.of(export.options))
    if chosen.container in (JSON_LINES, JSON_ARRAY) and chosen.format.as_table is not None:
        columns = ()  # its lines are nested otherwise than its table
    values = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": file_name.rsplit(".", 1)[0],
        "description": _description(export),
        "url": f"urn:uuid:{export.public_id}",
        "version": "1.0.0",
        "datePublished": timezone.localtime(export.requested_at).date().isoformat(),
        "license": export.project.attribution or _("Not stated."),
        "creator": {"@type": "sc:Organization", "name": export.project.name},
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": FILE,
                "name": file_name,
                "contentUrl": file_name,
                "contentSize": f"{export.size_bytes} B",
                "encodingFormat": chosen.container.media_type,
                "sha256": export.digest,
            }
        ],
    }
    if columns:
        values["recordSet"] = [
            {
                "@type": "cr:RecordSet",
                "@id": RECORDS,
                "name": RECORDS,
                "field": [_field(column, is_table=chosen.container.is_table) for column in columns],
            }
        ]
    return values


def _description(export: Export) -> str:
    format = EXPORT_FORMATS[export.format].format
    parts = [f"{export.project.name}. {format.explains}"]
    parts.append(_("%(n)d rows.") % {"n": export.n_done})
    parts += [f"{_('Left out')}: {n} ({words})." for n, words in in_words(export.left_out)]
    return " ".join(parts)


def _field(column: Column, *, is_table: bool) -> dict[str, Any]:
    where = {"column": column.name} if is_table else {"jsonPath": f"$.{column.name}"}
    return {
        "@type": "cr:Field",
        "@id": f"{RECORDS}/{column.name}",
        "name": column.name,
        "dataType": TYPES.get(column.holds, "sc:Text"),
        "source": {"fileObject": {"@id": FILE}, "extract": where},
    }
