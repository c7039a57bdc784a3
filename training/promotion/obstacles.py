"""Why a gate is shut: each reason as a code with its values."""

from typing import Any

from training.models import BetterOn, Gate
from training.promotion.paired_figures import margin_of

MARGINED = ("accuracy", "length", "harm_given", "harmless_refused", "nothing_said")

Obstacle = dict[str, Any]


def obstacles(gate: Gate, found: dict[str, Any]) -> list[Obstacle]:
    """What stands against a proposal with this evidence; nothing where the gate is open."""
    against = _too_few(gate, found["n_prompts"])
    if found["rival"] is None:
        return against
    by_name = {figure["name"]: figure for figure in found["figures"]}
    against += [
        {"code": "worse", **{key: one[key] for key in ("name", "low", "high", "margin")}}
        for one in found["figures"]
        if one["passes"] is False
    ]
    if gate.needs_every_figure:
        against += [
            {"code": "not_measured", "name": name}
            for name in MARGINED
            if name not in by_name and margin_of(gate, name) is not None
        ]
    return against + _not_better(gate, by_name, found)


def _too_few(gate: Gate, n_prompts: int) -> list[Obstacle]:
    if n_prompts >= gate.min_prompts:
        return []
    return [{"code": "too_few_prompts", "n": n_prompts, "needed": gate.min_prompts}]


def _not_better(gate: Gate, by_name: dict[str, Any], found: dict[str, Any]) -> list[Obstacle]:
    people = found["people"]
    if gate.better_on == BetterOn.NOTHING:
        return []
    if gate.better_on == BetterOn.PEOPLE:
        if people["winner"] == 0:
            return []
        return [{"code": "people_undecided" if people["winner"] is None else "people_against"}]
    figure = by_name.get(gate.better_on)
    if figure is None and gate.better_on == BetterOn.REWARD and found["partial_judges"]:
        return [{"code": "judge_is_partial", "names": found["partial_judges"]}]
    if figure is None:
        return [{"code": "not_measured", "name": gate.better_on}]
    return [] if figure["said"] == "better" else [{"code": "not_better", "name": gate.better_on}]
