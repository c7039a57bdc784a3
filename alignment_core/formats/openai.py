"""OpenAI's files: whole conversations under `messages`, and preferences between two outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, NewComparison, NewCompletion
from alignment_core.formats.turns import completions_of

CHAT_NEEDS = ("messages",)
PREFERENCE_NEEDS = ("input", "preferred_output", "non_preferred_output")


def fits_chat(row: Mapping[str, Any]) -> bool:
    return isinstance(row["messages"], list)


def fits_preference(row: Mapping[str, Any]) -> bool:
    return isinstance(row["input"], Mapping)


def parse_chat(row: Mapping[str, Any]) -> list[NewCompletion]:
    turns = checks.required(row, "messages")
    return completions_of(row, "messages", turns, is_good=checks.label(row, "label", "kto_tag"))


def parse_preference(row: Mapping[str, Any]) -> NewComparison:
    given = checks.fields_of("input", checks.required(row, "input"))
    content.refuse_unshown(given, at="input.")
    messages = checks.conversation("input.messages", given.get("messages"))
    (messages, chosen), (others, rejected) = (
        checks.continued(messages, field, row[field]) for field in PREFERENCE_NEEDS[1:]
    )
    checks.same_conversation("non_preferred_output", messages, others)
    checks.different("non_preferred_output", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        recorded_verdict=FIRST,
    )
