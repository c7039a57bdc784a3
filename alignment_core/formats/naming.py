"""By which names others call a prompt and its two answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats.checks import RowError

PROMPTS = ("prompt", "instruction", "question", "query", "input", "user_prompt", "text", "context")
ANSWERS = (
    ("response-1", "response-2"),
    ("answer1", "answer2"),
    ("answer_1", "answer_2"),
    ("answer_a", "answer_b"),
    ("response1", "response2"),
    ("response_1", "response_2"),
    ("response_a", "response_b"),
    ("responseA", "responseB"),
    ("completion_a", "completion_b"),
    ("completion1", "completion2"),
    ("output1", "output2"),
    ("output_1", "output_2"),
    ("output_a", "output_b"),
    ("text1", "text2"),
    ("left", "right"),
)
MODELS = (("model_a", "model_b"), ("model1", "model2"), ("model_1", "model_2"))


def prompt_in(at: str, fields: Mapping[str, Any]) -> str:
    """The name of the field with the prompt. Raises: RowError."""
    for name in PROMPTS:
        if fields.get(name):
            return name
    sentence = "None of these fields holds the prompt. Call it prompt."
    raise RowError(at, ", ".join(map(str, fields)), sentence)


def answers_in(at: str, fields: Mapping[str, Any]) -> tuple[str, str]:
    """The names of the fields with the two answers. Raises: RowError."""
    for first, second in ANSWERS:
        if first in fields and second in fields:
            return first, second
    sentence = "No two of these fields hold the answers. Call them answer1 and answer2."
    raise RowError(at, ", ".join(map(str, fields)), sentence)


def models_in(fields: Mapping[str, Any]) -> tuple[object, object]:
    """What the models are called, as far as that is said."""
    for first, second in MODELS:
        if first in fields or second in fields:
            return fields.get(first), fields.get(second)
    return None, None
