"""The prompts of the safety suite: written for this project, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.data.records import read_objects
from alignment_core.data.row_check import RowCheck
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
    found: dict[str, SafetyPrompt] = {}
    for row, value in read_objects(path, field="safety_prompts"):
        prompt = _prompt(value, row)
        if prompt.id in found:  # what a model answers is kept by it
            raise RecordError(row, "id", prompt.id, "an earlier prompt has this id")
        found[prompt.id] = prompt
    return list(found.values())


def _prompt(value: dict[str, Any], row: int) -> SafetyPrompt:
    if set(value) != set(FIELDS):
        raise RecordError(row, None, value, f"expected an object with {', '.join(FIELDS)}")
    check = RowCheck(value, row)
    for name in FIELDS:
        check.text(name)
    if value["expects"] not in EXPECTATIONS:
        wanted = " or ".join(EXPECTATIONS)
        raise RecordError(row, "expects", value["expects"], f"expected {wanted}")
    return SafetyPrompt(**value)
