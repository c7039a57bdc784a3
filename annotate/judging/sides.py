"""Which completion stands left: random to the annotator, balanced over every eight draws."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.models import Annotator, Comparison, Lease, Membership, Verdict

T = TypeVar("T")
BLOCK = 8  # four times left and four times right in each block, in a secret order


def draw_first_is_left(membership: Membership) -> bool:
    """Draw the next side for this annotator in this project; the caller saves the membership."""
    block, position = divmod(membership.n_sides_drawn, BLOCK)
    membership.n_sides_drawn += 1
    return position in _positions_on_the_left(membership.public_id, block)


def _positions_on_the_left(membership_id: UUID, block: int) -> list[int]:
    secret = hmac.new(
        settings.SECRET_KEY.encode(), f"sides:{membership_id}:{block}".encode(), hashlib.sha256
    ).digest()
    keys = [secret[4 * position : 4 * position + 4] for position in range(BLOCK)]
    return sorted(range(BLOCK), key=keys.__getitem__)[: BLOCK // 2]


def lies_first_on_the_left(reviewer: Annotator, comparison: Comparison) -> bool:
    """How a comparison lies for a reviewer who rules on it: by lot, and the same on every look.

    The lot is their two random ids and no secret: with a new SECRET_KEY, a page that stands open
    would mean the other answer.
    """
    name = f"ruling:{reviewer.public_id}:{comparison.public_id}"
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def verdict_from_side(*, side: str, lease: Lease) -> Verdict:
    """`verdict_of_side` by a lease."""
    return verdict_of_side(side, first_is_left=lease.first_is_left)


def verdict_of_side(side: str, *, first_is_left: bool) -> Verdict:
    """The verdict on completions that a choice on the screen means.

    Raises: InvalidInput, unless the side is left, right, tie or both_bad.
    """
    if side == "left":
        return Verdict.FIRST if first_is_left else Verdict.SECOND
    if side == "right":
        return Verdict.SECOND if first_is_left else Verdict.FIRST
    if side in (Verdict.TIE, Verdict.BOTH_BAD):
        return Verdict(side)
    raise InvalidInput(
        _("The verdict must be left, right, tie or both_bad."), field="verdict", value=side
    )


def side_of(verdict: str, *, first_is_left: bool) -> str:
    """Where on the screen a verdict on completions is chosen: `verdict_of_side` turned round."""
    if verdict not in (Verdict.FIRST, Verdict.SECOND):
        return verdict
    return "left" if (verdict == Verdict.FIRST) == first_is_left else "right"


def by_completion(by_side: Mapping[str, T], lease: Lease) -> dict[str, T]:
    """What was said of the left and the right answer, as said of the first and the second."""
    left, right = ("first", "second") if lease.first_is_left else ("second", "first")
    names = {"left": left, "right": right}
    return {names[side]: value for side, value in by_side.items()}
