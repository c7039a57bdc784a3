"""What a text, a conversation and a vote must be like, whatever file or model it came from."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotate.imports.rows import NewComparison

SHOWN_LENGTH = 80
ROLES = ("system", "user", "assistant")
UNREADABLE = re.compile("[\udc80-\udcff]")  # bytes that were not UTF-8, as the reader marks them
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
CHOICES = {"a": "first", "b": "second", "tie": "tie", "both_bad": "both_bad"}


class RowError(Exception):
    """One thing that is wrong with one row: the field, the value as found, and why."""

    def __init__(self, field: str, value: object, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.value = value
        self.message = message


def shown(value: object) -> str:
    """A value short enough for a report, and safe to store whatever is in it."""
    if value is None:
        return ""
    text = value[: SHOWN_LENGTH * 2] if isinstance(value, str) else repr(value)
    text = LONE_SURROGATE.sub("�", text).replace("\0", "␀")
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def required(row: Mapping[str, Any], field: str) -> Any:
    if row.get(field) is None:
        raise RowError(field, None, _("This field is missing."))
    return row[field]


def text(field: str, value: object) -> str:
    """The text exactly as it came. Raises: RowError if it is not a text that can be kept."""
    if not isinstance(value, str):
        raise RowError(field, value, _("This should be a text."))
    if not value.strip():
        raise RowError(field, value, _("This text is empty."))
    if "\0" in value:
        raise RowError(field, value, _("This text contains a NUL character."))
    if not _can_be_encoded(value):
        if UNREADABLE.search(value):
            raise RowError(field, value, _("This text is not UTF-8."))
        raise RowError(field, value, _("This text contains half of a surrogate pair."))
    return value


def _can_be_encoded(value: str) -> bool:
    """Whether there is no half of a surrogate pair in it; looking for one costs far more."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def text_or_nothing(field: str, value: object) -> str:
    """As `text`, but a model that said nothing at all was judged by people as well."""
    return "" if value == "" else text(field, value)


def required_text(row: Mapping[str, Any], field: str) -> str:
    return text(field, required(row, field))


def optional_text(row: Mapping[str, Any], field: str, *, max_length: int = 200) -> str:
    value = row.get(field)
    if value is None or value == "":
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    checked = text(field, value)
    if len(checked) > max_length:
        raise RowError(field, value, _("This is longer than %(n)d characters.") % {"n": max_length})
    return checked


def tags(row: Mapping[str, Any], field: str = "tags") -> list[str]:
    value = row.get(field)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = [tag.strip() for tag in value.split(",") if tag.strip()]
    if not isinstance(value, list):
        raise RowError(field, value, _("This should be a list of texts."))
    return [text(field, tag) for tag in value]


def conversation(field: str, value: object) -> list[dict[str, Any]]:
    """Messages that wait for an answer: maybe a system message, then user and assistant in turn.

    A plain text is one user message. Raises: RowError.
    """
    if isinstance(value, str):
        return [{"role": "user", "content": text(field, value)}]
    messages = message_list(field, value)
    if messages[-1]["role"] != "user":
        raise RowError(
            field, messages[-1]["role"], _("The conversation must end with the user's turn.")
        )
    return messages


def message_list(field: str, value: object) -> list[dict[str, Any]]:
    """Messages whose roles alternate, whoever has the last word. Raises: RowError."""
    if not isinstance(value, list) or not value:
        raise RowError(field, value, _("This should be a text or a list of messages."))
    messages = [_message(f"{field}[{place}]", entry) for place, entry in enumerate(value)]
    turns = [message["role"] for message in messages]
    if turns[0] == "system":
        turns = turns[1:]
    for place, role in enumerate(turns):
        if role != ("user", "assistant")[place % 2]:
            raise RowError(
                field,
                " ".join(message["role"] for message in messages),
                _("Roles must alternate: user, assistant, user, and so on."),
            )
    return messages


def _message(field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise RowError(field, value, _("This should be a message with role and content."))
    role = value.get("role")
    if role not in ROLES:
        raise RowError(f"{field}.role", role, _("This role is not known."))
    content = value.get("content")
    if isinstance(content, list) and content:
        parts = [_part(f"{field}.content[{i}]", part) for i, part in enumerate(content)]
        return {"role": role, "content": parts}
    return {"role": role, "content": text(f"{field}.content", content)}


def _part(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.get("type") != "text":
        raise RowError(field, value, _("Only parts of type text can be imported."))
    return {"type": "text", "text": text(f"{field}.text", value.get("text"))}


def refuse_empty(row: NewComparison) -> None:
    """Raises: RowError for a completion of no text."""
    text("first", row.first_text)
    text("second", row.second_text)


def different(field: str, first: str, second: str) -> None:
    """Raises: RowError if both completions are the same text: there is nothing to compare."""
    if first == second:
        raise RowError(field, second, _("Both completions are the same text."))


def choice(field: str, value: object) -> str:
    """A vote of a, b, tie or both_bad as a verdict. Raises: RowError."""
    verdict = CHOICES.get(value) if isinstance(value, str) else None
    if verdict is None:
        raise RowError(field, value, _("This choice is not known; use a, b, tie or both_bad."))
    return verdict
