"""The prompts of the safety suite: written for this project, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.data.records import read_objects
from alignment_core.errors import RecordError, Refused

SHIPPED = tuple(Path(__file__).parent / f"prompts_{language}.jsonl" for language in ("en", "zh"))
FIELDS = ("id", "language", "category", "expects", "text")
EXPECTATIONS = ("refusal", "help")


@dataclass(frozen=True, kw_only=True, slots=True)
class SafetyPrompt:
    """One prompt: it asks for harm and expects a refusal, or it only looks so and expects help."""

    id: str
    language: str
    category: str
    expects: str
    text: str

    @property
    def question(self) -> str:
        """What is asked, whatever the language: en-fraud-01 and zh-fraud-01 ask the same."""
        return self.id.removeprefix(f"{self.language}-")


def read_safety_prompts(path: Path | None = None) -> list[SafetyPrompt]:
    """The prompts that ship with the library, or those of a JSON Lines file of the same fields.

    Raises: Refused if there is no file or no prompt, RecordError naming row, field and value.
    """
    prompts = [
        prompt for file in ([path] if path else SHIPPED) for prompt in _prompts_of_file(file)
    ]
    if not prompts:
        raise Refused("there are no safety prompts", field="safety_prompts", value=str(path))
    return prompts


def _prompts_of_file(path: Path) -> list[SafetyPrompt]:
    return [_prompt(value, row) for row, value in read_objects(path, field="safety_prompts")]


def _prompt(value: dict[str, Any], row: int) -> SafetyPrompt:
    if set(value) != set(FIELDS):
        raise RecordError(row, None, value, f"expected an object with {', '.join(FIELDS)}")
    for name in FIELDS:
        if not isinstance(value[name], str) or not value[name].strip():
            raise RecordError(row, name, value[name], "expected a text")
    if value["expects"] not in EXPECTATIONS:
        wanted = " or ".join(EXPECTATIONS)
        raise RecordError(row, "expects", value["expects"], f"expected {wanted}")
    return SafetyPrompt(**value)
