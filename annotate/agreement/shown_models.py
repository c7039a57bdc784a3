"""Models beside one another, as the page shows them to leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.agreement.plain_text import ShownFigure, coefficient, shown
from annotate.agreement.words import UNDEFINED, Words
from annotate.models import AgreementReport

MOST_LISTED = 40  # models; the API has up to a hundred


@dataclass(frozen=True, kw_only=True)
class ShownModel:
    """A model with a dot and an interval from 0 to 100, 50 being the mean."""

    name: str
    strength: ShownFigure
    n_wins: int
    n_ties: int
    n_losses: int
    n_judgements: int
    dot: str
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class ShownModels:
    """undefined: why there are no strengths, empty if there are; groups: rated only within."""

    models: tuple[ShownModel, ...]
    undefined: object
    groups: tuple[str, ...]
    reach: str  # of the plot, to either side of the mean


def models_of(stored: AgreementReport, cohort: str) -> ShownModels | None:
    """None where no answer is known to come from a model."""
    section = stored.report["sections"][cohort]["ratings"]
    if not section["models"] and section["undefined"] != "one_model":
        return None
    reach = max((_farthest(entry["strength"]) for entry in section["models"]), default=0.0)
    ranked = sorted(section["models"], key=_place_in_list)
    reasons: Words = UNDEFINED
    return ShownModels(
        models=tuple(_model(entry, reach or 1.0) for entry in ranked[:MOST_LISTED]),
        undefined=reasons.get(section["undefined"], ""),
        groups=tuple(", ".join(group) for group in section["groups"]),
        reach=coefficient(reach),
    )


def _model(entry: Mapping[str, Any], reach: float) -> ShownModel:
    strength = entry["strength"]
    return ShownModel(
        name=entry["model"],
        strength=shown("strength", strength),
        n_wins=entry["n_wins"],
        n_ties=entry["n_ties"],
        n_losses=entry["n_losses"],
        n_judgements=strength["n_judgements"],
        dot=_place(strength["value"], reach),
        low=_place(strength["low"], reach),
        high=_place(strength["high"], reach),
    )


def _place_in_list(entry: Mapping[str, Any]) -> tuple[float, float]:
    """The strongest first; where strengths are not known, who won most of what was decided."""
    strength, share = entry["strength"]["value"], entry["share_of_decided"]["value"]
    return (-(strength or 0.0), -(share or 0.0))


def _farthest(strength: Mapping[str, Any]) -> float:
    ends = (strength["value"], strength["low"], strength["high"])
    return max((abs(end) for end in ends if end is not None), default=0.0)


def _place(strength: float | None, reach: float) -> str:
    return "" if strength is None else f"{50 + 50 * strength / reach:.1f}"
