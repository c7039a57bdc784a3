"""What a text, a conversation and a vote must be like, whatever file or model it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.formats import content
from alignment_core.formats.content import UNREADABLE as UNREADABLE
from alignment_core.formats.content import text as text
from alignment_core.formats.content import text_or_nothing as text_or_nothing
from alignment_core.formats.content import whole_text as whole_text
from alignment_core.formats.row_errors import LONE_SURROGATE as LONE_SURROGATE
from alignment_core.formats.row_errors import TOOL_TURN as TOOL_TURN
from alignment_core.formats.row_errors import UNREADABLE as NOT_READABLE
from alignment_core.formats.row_errors import FileError as FileError
from alignment_core.formats.row_errors import RowError as RowError
from alignment_core.formats.row_errors import legible as legible
from alignment_core.formats.row_errors import shown as shown
from alignment_core.formats.rows import NewComparison

ROLES = ("system", "user", "assistant")
TOOL_ROLES = ("tool", "function", "ipython", "observation", "function_call", "tool_call")
SAME_ROLE = {"developer": "system"}  # OpenAI's newer name
LABELS = {"true": True, "1": True, "false": False, "0": False}
CHOICES = {"a": "first", "b": "second", "tie": "tie", "both_bad": "both_bad"}


def required(row: Mapping[str, Any], field: str) -> Any:
    if row.get(field) is None:
        raise RowError(field, None, "This field is missing.")
    return row[field]


def fields_of(field: str, value: object) -> Mapping[str, Any]:
    """Raises: RowError for a value that has no fields of its own."""
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be an object with fields of its own.")
    return value


def required_text(row: Mapping[str, Any], field: str) -> str:
    return text(field, required(row, field))


def optional_text(row: Mapping[str, Any], field: str, *, max_length: int = 200) -> str:
    value = row.get(field)
    if value is None or value == "":
        return ""
    checked = text(field, _number_as_text(value))
    if len(checked) > max_length:
        raise RowError(field, value, "This is longer than %(n)d characters.", {"n": max_length})
    return checked


def _number_as_text(value: object) -> object:
    """An id may be a number; pandas writes a whole one as 1.0 where others are missing."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def number(field: str, value: object) -> float:
    """A finite number, which a table holds as text. Raises: RowError."""
    try:
        found = float(value) if isinstance(value, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if isinstance(value, bool) or not math.isfinite(found):
        raise RowError(field, value, "This should be a number.")
    return found


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
    if isinstance(value, list) and content.is_text(value):
        return [{"role": "user", "content": content.parts(field, value)}]
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


def continued(
    messages: list[dict[str, Any]], field: str, value: object
) -> tuple[list[dict[str, Any]], str]:
    """A conversation that a list of messages goes on with, and the answer at its end."""
    if not isinstance(value, list) or len(value) < 2:
        return messages, only_answer(field, value)
    following, answer = answered(field, [{"role": "user", "content": "-"}, *value])
    return [*messages, *following[1:]], answer


def same_conversation(field: str, first: object, second: object) -> None:
    """Raises: RowError where two answers were given to different conversations."""
    if first != second:
        raise RowError(
            field,
            second,
            "Chosen and rejected answer different conversations: they part before their last "
            "answers. Keep the turns up to the first answers that differ.",
        )


def answer_text(field: str, message: object) -> str:
    """The text of a message of the assistant. Raises: RowError."""
    checked = _message(field, message)
    if checked["role"] != "assistant":
        raise RowError(f"{field}.role", checked["role"], "The completion must be the assistant's.")
    if is_learnt(field, message) is False:
        raise RowError(f"{field}.weight", 0, "A completion with a weight of 0 is not learnt.")
    said = checked["content"]
    return said if isinstance(said, str) else "".join(part["text"] for part in said)


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


def is_learnt(field: str, message: object) -> bool | None:
    """What OpenAI's weight of a message says, 0 or 1; None where it has none. Raises: RowError."""
    weight = message.get("weight") if isinstance(message, Mapping) else None
    if weight is None:
        return None
    if not isinstance(weight, int | float) or weight not in (0, 1):
        raise RowError(f"{field}.weight", weight, "This weight is not known; use 0 or 1.")
    return bool(weight)


def _message(field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be a message with role and content.")
    content.refuse_unshown(value, content.OF_MESSAGE, f"{field}.")
    role = value.get("role")
    role = SAME_ROLE.get(role, role) if isinstance(role, str) else role
    if role not in ROLES:
        reason = TOOL_TURN if role in TOOL_ROLES else NOT_READABLE
        raise RowError(f"{field}.role", role, "This role is not known.", reason=reason)
    said = value.get("content")
    if isinstance(said, list) and said:
        return {"role": role, "content": content.parts(f"{field}.content", said)}
    return {"role": role, "content": text(f"{field}.content", said)}


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
    verdict = CHOICES.get(value.strip().lower()) if isinstance(value, str) else None
    if verdict is None:
        raise RowError(field, value, "This choice is not known; use a, b, tie or both_bad.")
    return verdict
