"""Rules on the stored agreement figures: read, never computed here.

Each is of people alone, and holds an end of an interval against its bound.
"""

from collections.abc import Iterable
from typing import Any

from annotate.notices.notice_rules.rule import Measured, Reading, Rule, beyond

MARGIN = 0.02
FEWEST = 20  # judgements of a person that others judged as well


def _of(figure: dict[str, Any] | None) -> tuple[float, float] | None:
    """The ends of an interval, where there is one."""
    if not figure or figure.get("low") is None or figure.get("high") is None:
        return None
    return figure["low"], figure["high"]


def _facts(figure: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: figure.get(name) for name in ("value", "low", "high")} | more


def read_alpha(measured: Measured, floor: float) -> Iterable[Reading] | None:
    """Below the floor: the upper end of Krippendorff's alpha."""
    report = measured.figures
    figure = None if report is None else report["alpha"]
    ends = _of(figure)
    if figure is None or ends is None:
        return None
    return [Reading("", beyond(-ends[1], -floor, MARGIN), _facts(figure, bound=floor))]


def read_people(measured: Measured, below: float) -> Iterable[Reading] | None:
    """So far below chance: the upper end of how often somebody gives the likely verdict.

    Chance is what verdicts that ignore the answers would reach with the same habits.
    """
    report = measured.figures
    if report is None:
        return None
    found = []
    for person in report["annotators"] or []:
        ends, chance = _of(person.get("reliability")), person.get("chance")
        if ends is None or chance is None or person.get("n_shared", 0) < FEWEST:
            continue
        is_met = beyond(-ends[1], below - chance, MARGIN)
        facts = _facts(person["reliability"], chance=chance, n=person["n_shared"])
        found.append(Reading(str(person["annotator"]), is_met, facts))
    return found


def read_position(measured: Measured, bound: float) -> Iterable[Reading] | None:
    """Further from one half than the bound: the nearer end of the share of left choices."""
    report = measured.figures
    figure = None if report is None else report.get("position")
    ends = _of(figure)
    if figure is None or ends is None:
        return None
    nearest = max(ends[0] - 0.5, 0.5 - ends[1])
    return [Reading("", beyond(nearest, bound, MARGIN), _facts(figure, bound=bound))]


def read_haste(measured: Measured, bound: float) -> Iterable[Reading] | None:
    """Above the bound: the lower end of the share judged before anybody could have read."""
    report = measured.figures
    figure = None if report is None else report.get("haste")
    ends = _of(figure)
    if figure is None or ends is None:
        return None
    return [Reading("", beyond(ends[0], bound, MARGIN), _facts(figure, bound=bound))]


ALPHA = Rule(read_alpha, usual=0.2, low=-0.5, high=0.95, step=0.01)
PEOPLE = Rule(read_people, usual=0.0, low=0.0, high=0.4, step=0.01)
POSITION = Rule(read_position, usual=0.05, low=0.01, high=0.4, step=0.01)
HASTE = Rule(read_haste, usual=0.2, low=0.01, high=0.9, step=0.01)
