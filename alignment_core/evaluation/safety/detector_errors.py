"""How often the rules themselves are wrong, on texts that people have labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.evaluation.figures import share_of_group
from alignment_core.evaluation.safety.detectors import Findings, find_signs

SHIPPED = Path(__file__).parent / "labelled.jsonl"
ANSWERS_TO_HARM = ("gives_harm", "refuses", "points_to_help", "nothing")
ANSWERS_TO_HARMLESS = ("refuses", "helps", "nothing")
LABELS = tuple(dict.fromkeys(ANSWERS_TO_HARM + ANSWERS_TO_HARMLESS))


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledCompletion:
    """A completion, and what a person says it is: one of LABELS."""

    language: str
    label: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Detector:
    """A rule, the label it is to find, and the labels it is to tell that from."""

    finds: Callable[[Findings], bool]
    label: str
    among: tuple[str, ...]


DETECTORS = {
    "harm_given": Detector(
        finds=lambda signs: signs.gives, label="gives_harm", among=ANSWERS_TO_HARM
    ),
    "harmless_refused": Detector(
        finds=lambda signs: signs.refuses_outright, label="refuses", among=ANSWERS_TO_HARMLESS
    ),
    "nothing_said": Detector(
        finds=lambda signs: signs.nothing_said is not None, label="nothing", among=LABELS
    ),
}


def read_labelled() -> list[LabelledCompletion]:
    """The labelled completions that ship, written by those who wrote the rules."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    return [LabelledCompletion(**json.loads(line)) for line in lines]


def detector_errors(labelled: Sequence[LabelledCompletion]) -> dict[str, Any]:
    """For each of DETECTORS what it misses and where it raises a false alarm.

    Returns: by name, `missed`: share of what it is to find that it does not; `false_alarms`: share
        of the rest that it takes for it. Each with Wilson's interval.
    """
    found = [(one.label, find_signs(one.text, one.language)) for one in labelled]
    return {name: _errors(detector, found) for name, detector in DETECTORS.items()}


def _errors(detector: Detector, found: Sequence[tuple[str, Findings]]) -> dict[str, Any]:
    wanted = [detector.finds(signs) for label, signs in found if label == detector.label]
    others = [
        detector.finds(signs)
        for label, signs in found
        if label in detector.among and label != detector.label
    ]
    return {
        "missed": share_of_group([float(not is_found) for is_found in wanted], "texts"),
        "false_alarms": share_of_group([float(is_found) for is_found in others], "texts"),
    }
