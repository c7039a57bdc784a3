"""What only training knows of contestants: training says so, annotate asks."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from annotate.models import Arena, Project


class Awaited(NamedTuple):
    """How it stands with answers that are to come; lost: they come no more by themselves."""

    word: str
    is_lost: bool


HasSeen = Callable[[str, Project, float], bool | None]
AwaitedAnswers = Callable[[Arena], Mapping[str, Awaited]]
_known: dict[str, tuple[HasSeen, AwaitedAnswers]] = {}


def register_training(has_seen: HasSeen, awaited_answers: AwaitedAnswers) -> None:
    """Take the answers from whoever has them; called once, when the installation starts."""
    _known["here"] = has_seen, awaited_answers


def has_seen_prompts(origin: str, *, project: Project, eval_share: float) -> bool | None:
    """Whether it has learnt from prompts held out at this share; None where nobody here knows."""
    return _known["here"][0](origin, project, eval_share) if _known else None


def awaited_answers(arena: Arena) -> Mapping[str, Awaited]:
    """By origin, of whoever is to answer for the arena."""
    return _known["here"][1](arena) if _known else {}
