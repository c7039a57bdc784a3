"""What an answer is made of: text, alone or in parts, and what beside it would change its meaning.

Pictures, calls of tools and the like cannot be shown to annotators yet. Without them an answer may
mean something else, so that a row which has them is refused rather than cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alignment_core.formats.row_errors import TOOL_TURN, RowError
from alignment_core.formats.row_errors import UNREADABLE as UNREADABLE_ROW

UNREADABLE = re.compile("[\udc80-\udcff]")  # bytes that were not UTF-8, as the reader marks them

MEDIA = ("images", "image", "videos", "video", "audios", "audio", "files", "attachments")
CALLS = ("tools", "functions", "tool_calls", "function_call", "tool_call_id")
OF_ROW = (*MEDIA, *CALLS, "documents")
OF_MESSAGE = (*MEDIA, *CALLS, "reasoning_content", "thinking", "refusal")
NOTHING = ("[]", "{}", "null", "None", "nan")  # as cells of a table say it


def refuse_unshown(row: Mapping[str, Any], names: tuple[str, ...] = OF_ROW, at: str = "") -> None:
    """Raises: RowError for a field that changes what an answer means and is not shown."""
    for name in names:
        value = row.get(name)
        if value and value not in NOTHING:
            raise RowError(
                f"{at}{name}",
                value,
                "This changes what an answer means, and cannot be shown to annotators yet. Leave "
                "the row out, or the field where it does not matter.",
                reason=TOOL_TURN if name in CALLS else UNREADABLE_ROW,
            )


def is_text(value: object) -> bool:
    """Whether a value is a text, or one in parts."""
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(map(_is_part, value))
    )


def _is_part(value: object) -> bool:
    return isinstance(value, Mapping) and "type" in value and "role" not in value


def text(field: str, value: object) -> str:
    """The text exactly as it came. Raises: RowError if it is not a text that can be kept."""
    if not isinstance(value, str):
        raise RowError(field, value, "This should be a text.")
    if not value.strip():
        raise RowError(field, value, "This text is empty.")
    if "\0" in value:
        raise RowError(field, value, "This text contains a NUL character.")
    if not can_be_encoded(value):
        if UNREADABLE.search(value):
            raise RowError(field, value, "This text is not UTF-8.")
        raise RowError(field, value, "This text contains half of a surrogate pair.")
    return value


def can_be_encoded(value: str) -> bool:
    """Whether there is no half of a surrogate pair in it; looking for one costs far more."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def whole_text(field: str, value: object) -> str:
    """A text, or the text of all its parts, exactly as it came. Raises: RowError."""
    if isinstance(value, list) and is_text(value):
        return "".join(part["text"] for part in parts(field, value))
    return text(field, value)


def text_or_nothing(field: str, value: object) -> str:
    """As `whole_text`, but a model that said nothing at all was judged by people as well."""
    return "" if value == "" else whole_text(field, value)


def parts(field: str, value: list[Any]) -> list[dict[str, str]]:
    """Parts of a message. Raises: RowError for one that is no text."""
    return [_part(f"{field}[{place}]", part) for place, part in enumerate(value)]


def _part(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.get("type") not in ("text", "input_text"):
        raise RowError(field, value, "Only parts of type text can be imported.")
    name = "value" if "text" not in value and "value" in value else "text"  # LLaMA-Factory, OpenAI
    return {"type": "text", "text": text(f"{field}.{name}", value.get(name))}
