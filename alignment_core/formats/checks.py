"""What a text, a conversation and a vote must be like, whatever file or model it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.formats.rows import NewComparison

SHOWN_LENGTH = 80
ROLES = ("system", "user", "assistant")
UNREADABLE = re.compile("[\udc80-\udcff]")  # bytes that were not UTF-8, as the reader marks them
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
LABELS = {"true": True, "1": True, "false": False, "0": False}
CHOICES = {"a": "first", "b": "second", "tie": "tie", "both_bad": "both_bad"}


class RowError(Exception):
    """One thing that is wrong with one row: the field, the value as found, and why.

    What is said is English. As sentences with places for their parts, others can say it in another
    language.
    """

    def __init__(
        self, field: str, value: object, sentence: str, parts: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(sentence)
        self.field = field
        self.value = value
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
    text = storable(text)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def storable(text: str) -> str:
    """A text with signs in place of what no database keeps."""
    return LONE_SURROGATE.sub("�", text).replace("\0", "␀")


def _represented(value: object) -> str:
    try:
        return repr(value)
    except (RecursionError, ValueError):  # too deep, or a number of too many digits
        return type(value).__name__


def required(row: Mapping[str, Any], field: str) -> Any:
    if row.get(field) is None:
        raise RowError(field, None, "This field is missing.")
    return row[field]


def fields_of(field: str, value: object) -> Mapping[str, Any]:
    """Raises: RowError for a value that has no fields of its own."""
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be an object with fields of its own.")
    return value


def text(field: str, value: object) -> str:
    """The text exactly as it came. Raises: RowError if it is not a text that can be kept."""
    if not isinstance(value, str):
        raise RowError(field, value, "This should be a text.")
    if not value.strip():
        raise RowError(field, value, "This text is empty.")
    if "\0" in value:
        raise RowError(field, value, "This text contains a NUL character.")
    if not _can_be_encoded(value):
        if UNREADABLE.search(value):
            raise RowError(field, value, "This text is not UTF-8.")
        raise RowError(field, value, "This text contains half of a surrogate pair.")
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
        raise RowError(field, value, "This is longer than %(n)d characters.", {"n": max_length})
    return checked


def tags(row: Mapping[str, Any], field: str = "tags") -> list[str]:
    value = row.get(field)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = [tag.strip() for tag in value.split(",") if tag.strip()]
    if not isinstance(value, list):
        raise RowError(field, value, "This should be a list of texts.")
    return [text(field, tag) for tag in value]


def conversation(field: str, value: object) -> list[dict[str, Any]]:
    """Messages that wait for an answer. A plain text is one user message. Raises: RowError."""
    if isinstance(value, str):
        return [{"role": "user", "content": text(field, value)}]
    messages = message_list(field, value)
    if messages[-1]["role"] != "user":
        raise RowError(
            field, messages[-1]["role"], "The conversation must end with the user's turn."
        )
    return messages


def message_list(field: str, value: object) -> list[dict[str, Any]]:
    """Messages in any order, whoever has the last word. Raises: RowError."""
    if not isinstance(value, list) or not value:
        raise RowError(field, value, "This should be a text or a list of messages.")
    return [_message(f"{field}[{place}]", entry) for place, entry in enumerate(value)]


def in_turn(field: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Raises: RowError unless user and assistant alternate, maybe after a system message."""
    turns = [message["role"] for message in messages]
    if turns[:1] == ["system"]:
        turns = turns[1:]
    for place, role in enumerate(turns):
        if role != ("user", "assistant")[place % 2]:
            raise RowError(
                field,
                " ".join(message["role"] for message in messages),
                "Roles must alternate: user, assistant, user, and so on.",
            )


def answered(field: str, value: object) -> tuple[list[dict[str, Any]], str]:
    """A conversation and the assistant's last answer to it. Raises: RowError."""
    messages = message_list(field, value)
    answer = answer_text(f"{field}[{len(messages) - 1}]", messages[-1])
    return conversation(field, messages[:-1]), answer


def only_answer(field: str, value: object) -> str:
    """The text of a list that holds one message of the assistant. Raises: RowError."""
    if not isinstance(value, list) or len(value) != 1:
        raise RowError(field, value, "This should be a list of one message.")
    return answer_text(f"{field}[0]", value[0])


def answer_text(field: str, message: object) -> str:
    """The text of a message of the assistant. Raises: RowError."""
    checked = _message(field, message)
    if checked["role"] != "assistant":
        raise RowError(f"{field}.role", checked["role"], "The completion must be the assistant's.")
    content = checked["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def label(row: Mapping[str, Any], *fields: str) -> bool | None:
    """Whether somebody called the row's answer good; None where nobody said. Raises: RowError."""
    for field in fields:
        value = row.get(field)
        if value is not None and value != "":
            known = LABELS.get(str(value).lower())
            if known is None:
                raise RowError(field, value, "This label is not known; use true or false.")
            return known
    return None


def _message(field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be a message with role and content.")
    role = value.get("role")
    if role == "developer":  # OpenAI's newer name
        role = "system"
    if role not in ROLES:
        raise RowError(f"{field}.role", role, "This role is not known.")
    content = value.get("content")
    if isinstance(content, list) and content:
        parts = [_part(f"{field}.content[{i}]", part) for i, part in enumerate(content)]
        return {"role": role, "content": parts}
    return {"role": role, "content": text(f"{field}.content", content)}


def _part(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.get("type") != "text":
        raise RowError(field, value, "Only parts of type text can be imported.")
    return {"type": "text", "text": text(f"{field}.text", value.get("text"))}


def refuse_empty(row: NewComparison) -> None:
    """Raises: RowError for a completion of no text."""
    text("first", row.first_text)
    text("second", row.second_text)


def different(field: str, first: str, second: str) -> None:
    """Raises: RowError if both completions are the same text: there is nothing to compare."""
    if first == second:
        raise RowError(field, second, "Both completions are the same text.")


def choice(field: str, value: object) -> str:
    """A vote of a, b, tie or both_bad as a verdict. Raises: RowError."""
    verdict = CHOICES.get(value) if isinstance(value, str) else None
    if verdict is None:
        raise RowError(field, value, "This choice is not known; use a, b, tie or both_bad.")
    return verdict
