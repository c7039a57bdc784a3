"""The card of an exported file: Croissant 1.0, JSON-LD that data set searches and libraries read.

Source: MLCommons, Croissant Format Specification 1.0, http://mlcommons.org/croissant/1.0.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.exports.containers import JSON_ARRAY, Container
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
    if not chosen.container.is_table:
        columns = () if chosen.format.as_table is not None else _plain(columns, chosen.container)
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
                "field": [_field(column, chosen.container) for column in columns],
            }
        ]
    return values


def _description(export: Export) -> str:
    format = EXPORT_FORMATS[export.format].format
    parts = [f"{export.project.name}. {format.explains}"]
    parts.append(_("%(n)d rows.") % {"n": export.n_done})
    parts += [f"{_('Left out')}: {n} ({words})." for n, words in in_words(export.left_out)]
    return " ".join(parts)


def _plain(columns: tuple[Column, ...], container: Container) -> tuple[Column, ...]:
    """The columns that a card can say where to find: no objects, and in an array no messages."""
    hidden = {Holds.OBJECT, *([Holds.MESSAGES] if container is JSON_ARRAY else [])}
    return tuple(column for column in columns if column.holds not in hidden)


def _field(column: Column, container: Container) -> dict[str, Any]:
    name = f"{RECORDS}/{column.name}"
    field = {"@type": "cr:Field", "@id": name, "name": column.name}
    if column.holds == Holds.MESSAGES:
        return field | {
            "repeated": True,
            "subField": [
                {
                    "@type": "cr:Field",
                    "@id": f"{name}/{part}",
                    "name": part,
                    "dataType": "sc:Text",
                    "source": _source(column, container)
                    | {"transform": {"jsonPath": f"$[*].{part}"}},
                }
                for part in ("role", "content")
            ],
        }
    return field | {
        "dataType": TYPES.get(column.holds, "sc:Text"),
        "source": _source(column, container),
    }


def _source(column: Column, container: Container) -> dict[str, Any]:
    where = {"column": column.name}
    if container is JSON_ARRAY:
        where = {"jsonPath": f"$[*].{column.name}"}
    return {"fileObject": {"@id": FILE}, "extract": where}
