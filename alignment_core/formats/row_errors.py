"""What is said of a row or a file that cannot be taken, and how a value is shown in saying it."""

from __future__ import annotations

import re
from collections.abc import Mapping

UNREADABLE, TOOL_TURN, WITHOUT_PARTNER = "unreadable", "tool_turn", "without_partner"  # reasons
SHOWN_LENGTH = 80
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class RowError(Exception):
    """One thing that is wrong with one row: the field, the value as found, and why.

    What is said is English. As sentences with places for their parts, others can say it in another
    language.
    """

    def __init__(
        self,
        field: str,
        value: object,
        sentence: str,
        parts: Mapping[str, object] | None = None,
        *,
        reason: str = UNREADABLE,  # as such rows are counted
    ) -> None:
        super().__init__(sentence)
        self.field = field
        self.value = value
        self.reason = reason
        self.sentences: list[tuple[str, Mapping[str, object]]] = [(sentence, parts or {})]

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return " ".join(
            sentence % parts if parts else sentence for sentence, parts in self.sentences
        )

    def add(self, sentence: str) -> None:
        """Say one thing more."""
        self.sentences.append((sentence, {}))


class FileError(RowError):
    """What is wrong with a whole file, so that no row of it can be read."""

    def __init__(self, sentence: str, parts: Mapping[str, object] | None = None) -> None:
        super().__init__("file", None, sentence, parts)


def shown(value: object) -> str:
    """A value short enough for a report, and safe to store whatever is in it."""
    if value is None:
        return ""
    text = value[: SHOWN_LENGTH * 2] if isinstance(value, str) else _represented(value)
    text = legible(text)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def legible(text: str) -> str:
    """A text with signs in place of what no database keeps."""
    return LONE_SURROGATE.sub("�", text).replace("\0", "␀")


def _represented(value: object) -> str:
    try:
        return repr(value)
    except (RecursionError, ValueError):  # too deep, or a number of too many digits
        return type(value).__name__
