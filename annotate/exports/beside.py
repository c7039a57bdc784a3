"""What lies beside a finished export: its Croissant card, and what a reader needs to find it."""

from typing import Any

from annotate.exports.croissant import card
from annotate.exports.exporting import download_name
from annotate.exports.formats import EXPORT_FORMATS, llama_factory
from annotate.models import Export

CARD, DATASET_INFO = "croissant.json", "dataset_info.json"


def beside(export: Export) -> dict[str, dict[str, Any]]:
    """Small files by their names, as plain values."""
    name = download_name(export)
    files = {CARD: card(export, file_name=name)}
    if EXPORT_FORMATS[export.format].format is llama_factory.FORMAT:
        files[DATASET_INFO] = llama_factory.dataset_info(name)
    return files
