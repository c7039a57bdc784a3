"""What was asked in the comparisons that a stored report names by their ids."""

from collections.abc import Iterable, Mapping
from typing import Any

from annotate.models import Comparison

EXCERPT = 120  # characters


def words_of_contested(report: Mapping[str, Any]) -> dict[str, str]:
    """The beginning of the last message of each, by the comparison's id."""
    return words_of_comparisons(entry["comparison"] for entry in report["contested"])


def words_of_comparisons(public_ids: Iterable[str]) -> dict[str, str]:
    """The same of comparisons by their ids; no query for none."""
    named = list(public_ids)
    if not named:
        return {}
    rows = Comparison.objects.filter(public_id__in=named).select_related("prompt")
    return {str(row.public_id): _text(row.prompt.messages[-1])[:EXCERPT] for row in rows}


def _text(message: Mapping[str, Any]) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part.get("type") == "text")
