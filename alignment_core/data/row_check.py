"""Reads the fields of one row of a file, and refuses with the row, the field and the value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from alignment_core.errors import RecordError

ROLES = ("system", "user", "assistant")
TOOL_ROLES = ("tool", "function", "ipython")
VERDICTS = ("chosen", "rejected", "tie", "both_bad")


class RowCheck:
    """The fields of one row, each checked; every refusal is a RecordError."""

    def __init__(self, value: Mapping[str, Any], row: int) -> None:
        self.value = value
        self.row = row

    def refuse(self, name: str, value: object, message: str, **more: str) -> RecordError:
        return RecordError(self.row, name, value, message, **more)

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self.value.get(name, default)
        if value is None:
            raise self.refuse(name, None, "this field is missing")
        return self.clean_text(name, value)

    def optional_text(self, name: str) -> str | None:
        value = self.value.get(name)
        return None if value is None or value == "" else self.clean_text(name, value)

    def clean_text(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.refuse(name, value, f"expected text, not {type(value).__name__}")
        if not value.strip():
            is_completion = name in ("chosen", "rejected")
            more = {"reason": "empty_completion"} if is_completion else {}
            raise self.refuse(name, value, "the text is empty", **more)
        if "\0" in value:
            raise self.refuse(name, value, "the text holds a NUL character")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise self.refuse(name, repr(value), "the text holds half a surrogate pair")
        return value

    def choice(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.value.get(name, default)
        if value not in choices:
            raise self.refuse(name, value, f"expected one of {', '.join(choices)}")
        return str(value)

    def number(self, name: str, *, low: float, high: float) -> float | None:
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.refuse(name, value, "expected a number")
        if not low <= value <= high:
            raise self.refuse(name, value, f"expected a number from {low:g} to {high:g}")
        return float(value)

    def counts(self, name: str, value: object) -> dict[str, int]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refuse(name, value, "expected an object with a count for each verdict")
        for verdict, count in value.items():
            if verdict not in VERDICTS:
                raise self.refuse(f"{name}.{verdict}", count, "this verdict is not known")
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise self.refuse(f"{name}.{verdict}", count, "expected a count, 0 or more")
        return value

    def counts_by_cohort(self) -> dict[str, dict[str, int]]:
        value = self.value.get("verdicts_by_cohort") or {}
        if not isinstance(value, dict):
            raise self.refuse("verdicts_by_cohort", value, "expected an object keyed by cohort")
        return {
            cohort: self.counts(f"verdicts_by_cohort.{cohort}", counts)
            for cohort, counts in value.items()
        }

    def tags(self) -> tuple[str, ...]:
        value = self.value.get("tags") or ()
        if not isinstance(value, list | tuple):
            raise self.refuse("tags", value, "expected a list of texts")
        return tuple(self.clean_text(f"tags[{place}]", tag) for place, tag in enumerate(value))

    def messages(self, name: str) -> tuple[dict[str, Any], ...]:
        value = self.value.get(name)
        if not isinstance(value, list | tuple) or not value:
            raise self.refuse(name, value, "expected a list of messages, at least one")
        messages = tuple(
            self.message(f"{name}[{place}]", entry) for place, entry in enumerate(value)
        )
        if messages[-1]["role"] == "assistant":
            says = "the last message is the assistant's own"
            raise self.refuse(name, messages[-1], says, reason="prefilled_answer")
        return messages

    def message(self, name: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict) and (value.get("role") in TOOL_ROLES or "tool_calls" in value):
            says = "what tools are asked and say cannot be trained on"
            raise self.refuse(name, value, says, reason="tool_turn")
        if not isinstance(value, dict) or set(value) != {"role", "content"}:
            raise self.refuse(name, value, "expected an object with role and content")
        if value["role"] not in ROLES:
            raise self.refuse(f"{name}.role", value["role"], f"expected one of {', '.join(ROLES)}")
        content = value["content"]
        if isinstance(content, list):
            content = [self.part(f"{name}.content[{i}]", part) for i, part in enumerate(content)]
        else:
            content = self.clean_text(f"{name}.content", content)
        return {"role": value["role"], "content": content}

    def part(self, name: str, value: object) -> dict[str, str]:
        """One part of a message; only text can be trained on so far."""
        if (
            not isinstance(value, dict)
            or value.get("type") != "text"
            or set(value) - {"type", "text"}
        ):
            raise self.refuse(name, value, "only parts of type text can be used")
        return {"type": "text", "text": self.clean_text(f"{name}.text", value.get("text"))}
