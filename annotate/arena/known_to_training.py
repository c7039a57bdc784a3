"""What only training knows of contestants: training says so, annotate asks."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from annotate.models import Arena


class Awaited(NamedTuple):
    """How it stands with answers that are to come; lost: they come no more by themselves."""

    word: str
    is_lost: bool


ShareHeldOut = Callable[[str], float | None]
AwaitedAnswers = Callable[[Arena], Mapping[str, Awaited]]
_known: dict[str, tuple[ShareHeldOut, AwaitedAnswers]] = {}


def register_training(share_held_out: ShareHeldOut, awaited_answers: AwaitedAnswers) -> None:
    """Take the answers from whoever has them; called once, when the installation starts."""
    _known["here"] = share_held_out, awaited_answers


def share_held_out(origin: str) -> float | None:
    """Of all prompts, what none of its training had; None where nobody here knows."""
    return _known["here"][0](origin) if _known else None


def awaited_answers(arena: Arena) -> Mapping[str, Awaited]:
    """By origin, of whoever is to answer for the arena."""
    return _known["here"][1](arena) if _known else {}
