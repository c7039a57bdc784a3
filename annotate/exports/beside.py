"""What lies beside a finished export: its Croissant card, and what a reader needs to find it."""

from typing import Any

from annotate.exports.croissant import card
from annotate.exports.exporting import download_name
from annotate.exports.formats import EXPORT_FORMATS
from annotate.models import Export

CARD, DATASET_INFO = "croissant.json", "dataset_info.json"


def beside(export: Export) -> dict[str, dict[str, Any]]:
    """Small files by their names, as plain values."""
    names = names_beside(export)
    name = download_name(export) if names else ""
    files = {CARD: card(export, file_name=name)} if CARD in names else {}
    if DATASET_INFO in names:
        entry = EXPORT_FORMATS[export.format].format.dataset_info
        files[DATASET_INFO] = {name.rsplit(".", 1)[0]: {"file_name": name, **(entry or {})}}
    return files


def names_beside(export: Export) -> list[str]:
    """What the files are called; none where the format is gone since."""
    chosen = EXPORT_FORMATS.get(export.format)
    if chosen is None:
        return []
    return [CARD, *([DATASET_INFO] if chosen.format.dataset_info else [])]
