"""Anthropic's HH files: chosen and rejected are whole transcripts that part at the last answer.

A turn begins with two line breaks, "Human:" or "Assistant:" and one space; the text after that is
kept byte for byte. Our exports put a system message before, as "System:", which HH does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, NewComparison

NEEDS = ("chosen", "rejected")
TURN = re.compile(r"\n\n(Human|Assistant|System): ?")
ROLES = {"Human": "user", "Assistant": "assistant", "System": "system"}


def fits(row: Mapping[str, Any]) -> bool:
    return "prompt" not in row and all(
        isinstance(row[field], str) and TURN.match(row[field]) for field in NEEDS
    )


def parse(row: Mapping[str, Any]) -> NewComparison:
    (messages, chosen), (rejected_messages, rejected) = (
        split(field, checks.required_text(row, field)) for field in NEEDS
    )
    checks.same_conversation("rejected", messages, rejected_messages)
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        recorded_verdict=FIRST,
    )


def split(field: str, transcript: str) -> tuple[list[dict[str, Any]], str]:
    """The conversation, and the assistant's last answer to it."""
    before, *parts = TURN.split(transcript)
    if before or not parts:
        raise RowError(field, transcript, "This is not a transcript that begins with “Human:”.")
    turns = [
        {"role": ROLES[name], "content": content}
        for name, content in zip(parts[::2], parts[1::2], strict=True)
    ]
    if turns[-1]["role"] != "assistant":
        raise RowError(field, transcript[-80:], "The transcript must end with an answer.")
    answer = checks.text(field, turns[-1]["content"])
    return checks.conversation(field, turns[:-1]), answer
