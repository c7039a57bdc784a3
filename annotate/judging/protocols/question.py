"""What parts of a protocol are measured by how far people agree: each a question with a scale."""

from dataclasses import dataclass
from typing import Any, NamedTuple

SCALE, YES_NO, PICKED = "scale", "yes_no", "picked"  # as the agreement library knows them
FOR_WHICH = ("none", "first", "second", "neither")  # answer a reason was given, if it was


@dataclass(frozen=True, slots=True)
class Question:
    """Something said on a scale, so that what two people say of one comparison can be compared.

    part, name: of the protocol, and of the criterion or the reason. scale: what may be said, in
    order. is_of_each: said of each answer by itself. among: the choices that it stands among.
    Two versions of a protocol that ask the same have equal questions.
    """

    part: str
    name: str
    kind: str
    scale: tuple[str, ...]
    is_of_each: bool = False
    among: tuple[str, ...] = ()

    def turned(self, place: int) -> int:
        """The place on the scale of the same said where first and second are the other way."""
        if self.kind == PICKED:
            return {1: 2, 2: 1}.get(place, place)
        return place if self.is_of_each else len(self.scale) - 1 - place


class Given(NamedTuple):
    """What a judgement holds, as it is stored: of imported ones, whatever a file said."""

    verdict: str
    strength: int | None
    criteria: Any
    reasons: Any
    first_acceptable: bool | None
    second_acceptable: bool | None

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing but the verdict."""
        acceptable = self.first_acceptable, self.second_acceptable
        return (
            self.strength is None
            and acceptable == (None, None)
            and not (self.criteria or self.reasons)
        )


Places = tuple[int | None, ...]  # on the scale: of the pair, or of the first and the second answer
