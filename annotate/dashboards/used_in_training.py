"""What was made of judgements, as only training knows: training says so, dashboards ask."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from annotate.models import Judgement, User


class Use(NamedTuple):
    """A snapshot with n pairs that rest on the judgements, or a run on such a snapshot."""

    kind: str  # "snapshot", "run", or of others: "snapshots" and "runs", n of them
    name: str
    url: str
    n: int | None


Uses = Callable[[QuerySet[Judgement], User], Sequence[tuple[str, str, str, int | None]]]
_known: dict[str, Uses] = {}


def register_uses(uses: Uses) -> None:
    """Take the answer from whoever has it; called once, when the installation starts."""
    _known["here"] = uses


def uses_of(judgements: QuerySet[Judgement], user: User) -> list[Use]:
    """Snapshots, then the runs on them, that the user may see; none where there is no training.

    Of what they may not see, they are told how many there are: with no name and no address.
    """
    return [Use(*use) for use in _known["here"](judgements, user)] if _known else []
