"""How large a recipe may be, and how much of a wrong one is told again."""

import json
from typing import Any

from django.utils.translation import gettext as _

from training.errors import RecipeRefused

MOST_CHARACTERS = 100_000  # as JSON
MOST_DEPTH = 12  # a rule of a reward in the settings of a step is at the fifth
LONGEST_TOLD = 120


def check_size(steps: Any) -> None:
    """Raises: RecipeRefused for what is nested too deep, or too long."""
    level = [steps]
    for _depth in range(MOST_DEPTH):
        level = [part for value in level for part in _parts(value)]
    if level:
        raise RecipeRefused(
            _("A recipe is nested to a depth of %(most)d at most.") % {"most": MOST_DEPTH},
            field="steps",
            value=None,
        )
    n_characters = len(json.dumps(steps, ensure_ascii=False))
    if n_characters > MOST_CHARACTERS:
        raise RecipeRefused(
            _("A recipe has %(most)d characters as JSON at most, not %(n)d.")
            % {"most": MOST_CHARACTERS, "n": n_characters},
            field="steps",
            value=n_characters,
        )


def beginning_of(text: str, most: int = LONGEST_TOLD) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def told_value(value: Any) -> Any:
    """The value itself where it is short, else its beginning."""
    if value is None or isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= LONGEST_TOLD else beginning_of(text)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
