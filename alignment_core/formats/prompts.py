"""The prompt of a row, with what is said about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content


def prompt_of(row: Mapping[str, Any], *, id_field: str = "id") -> dict[str, Any]:
    """The parts of a NewComparison that come from the prompt: a text, or a list of messages.

    A cell of CSV may hold the messages as JSON. Raises: RowError.
    """
    return {
        "messages": checks.conversation("prompt", _unpacked(checks.required(row, "prompt"))),
        **about(row, id_field=id_field),
    }


def about(row: Mapping[str, Any], *, id_field: str = "id") -> dict[str, Any]:
    content.refuse_unshown(row)
    return {
        "external_id": checks.optional_text(row, id_field),
        "tags": checks.tags(row),
        "language": checks.optional_text(row, "language", max_length=40),
    }


def _unpacked(prompt: object) -> object:
    if isinstance(prompt, str) and prompt.startswith("[{"):
        try:
            messages = json.loads(prompt)
        except ValueError:
            return prompt
        if all(isinstance(message, dict) and "role" in message for message in messages):
            return messages
    return prompt
