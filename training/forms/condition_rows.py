"""Conditions as rows of a form: a fact, of which model, how compared, with what, for how long.

All rows must hold. What rows cannot say (any, not, more of them) is written as JSON beside them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from training.automation.condition_words import model_in_words
from training.automation.conditions import COMPARISONS
from training.automation.model_facts import known_models
from training.automation.vocabulary import BOUNDS, FACTS, known_names

N_ROWS = 5
PARTS = ("fact", "of", "comparison", "wanted", "for_hours")
IS_SO, IS_NOT_SO = "is", "is_not"

COMPARED = [
    ("at_least", _("at least")),
    ("at_most", _("at most")),
    ("above", _("above")),
    ("below", _("below")),
    (IS_SO, _("is so")),
    (IS_NOT_SO, _("is not so")),
]


@dataclass(frozen=True)
class Row:
    """The fields of one row as a template takes them."""

    number: int
    fields: list[forms.BoundField]


def row_fields(conditions: Mapping[str, Any] | None = None) -> dict[str, forms.Field]:
    """Args: conditions, which are to be changed: the names that they use can be chosen too."""
    models = [(name, capfirst(model_in_words(name))) for name in known_models(conditions)]
    of: list[tuple[str, Any]] = [("", "—"), *models]
    return {
        name: field for number in range(N_ROWS) for name, field in _fields_of(number, of).items()
    }


def rows_of(form: forms.Form) -> list[Row]:
    return [
        Row(number + 1, [form[f"{part}_{number}"] for part in PARTS]) for number in range(N_ROWS)
    ]


def conditions_of_rows(cleaned: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The rows that name a fact as conditions, and the number of each, for refusals to point at."""
    numbers = [number for number in range(N_ROWS) if cleaned.get(f"fact_{number}")]
    return {"all": [_clause(cleaned, number) for number in numbers]}, numbers


def rows_of_conditions(conditions: Mapping[str, Any]) -> dict[str, Any] | None:
    """What fills the rows in again; None where they cannot say it."""
    parts = conditions.get("all")
    if len(conditions) != 1 or not isinstance(parts, list) or len(parts) > N_ROWS:
        return None
    if not all("fact" in part for part in parts):
        return None
    return {name: value for n, part in enumerate(parts) for name, value in _initial(n, part)}


def field_of_refusal(path: str, numbers: list[int]) -> str:
    """The form's field for a place such as `conditions.all.0.at_least`."""
    steps = path.split(".")
    if len(steps) < 3 or not steps[2].isdigit() or int(steps[2]) >= len(numbers):
        return "fact_0"
    part = steps[3] if len(steps) > 3 else "fact"
    part = "wanted" if part in COMPARISONS else part
    return f"{part if part in PARTS else 'fact'}_{numbers[int(steps[2])]}"


def _fields_of(number: int, models: list[tuple[str, Any]]) -> dict[str, forms.Field]:
    return {
        f"fact_{number}": forms.ChoiceField(label=_("Fact"), choices=_fact_choices, required=False),
        f"of_{number}": forms.ChoiceField(
            label=pgettext_lazy("a fact", "Of which model"), choices=models, required=False
        ),
        f"comparison_{number}": forms.ChoiceField(
            label=_("Compared"), choices=COMPARED, required=False
        ),
        f"wanted_{number}": forms.FloatField(
            label=_("Value"),
            required=False,
            widget=forms.NumberInput(attrs={"step": "any"}),
        ),
        f"for_hours_{number}": forms.FloatField(
            label=_("Hours on end"),
            required=False,
            min_value=0,
            widget=forms.NumberInput(attrs={"step": "any"}),
        ),
    }


def _fact_choices() -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [("", "—")]
    for name in known_names():
        fact, _dot, bound = name.partition(".")
        words = str(FACTS[fact].choice or FACTS[fact].words)
        choices.append((name, capfirst(str(BOUNDS[bound]) % {"figure": words} if bound else words)))
    return choices


def _clause(cleaned: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What was chosen as it stands: the conditions themselves say what is wrong with it."""
    clause: dict[str, Any] = {"fact": cleaned[f"fact_{number}"]}
    if of := cleaned.get(f"of_{number}"):
        clause["of"] = of
    comparison = cleaned.get(f"comparison_{number}") or "at_least"
    if comparison in (IS_SO, IS_NOT_SO):
        clause["is"] = comparison == IS_SO
    else:
        clause[comparison] = cleaned.get(f"wanted_{number}")
    if hours := cleaned.get(f"for_hours_{number}"):
        clause["for_hours"] = hours
    return clause


def _plainly(number: Any) -> Any:
    """50 as 50, although a form keeps it as 50.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _initial(number: int, clause: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    comparison = next(word for word in COMPARISONS if word in clause)
    yield f"fact_{number}", clause["fact"]
    yield f"of_{number}", clause.get("of", "")
    if comparison == "is":
        yield f"comparison_{number}", IS_SO if clause["is"] else IS_NOT_SO
    else:
        yield f"comparison_{number}", comparison
        yield f"wanted_{number}", _plainly(clause[comparison])
    yield f"for_hours_{number}", _plainly(clause.get("for_hours"))
