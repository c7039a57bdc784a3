"""Which turns of somebody are not the queue's: one of so many, at a secret place among them.

The place is drawn from the membership and the number of the turn, so that nothing is stored and
nothing is read: a claim that gets its comparison from the queue costs what it did.
"""

import hashlib
import hmac

from django.conf import settings

from annotate.models import Membership


def is_turn_of(kind: str, membership: Membership, *, every: int) -> bool:
    """Whether the turn that comes is the one of its `every` turns that `kind` has; 0 has none."""
    if not every:
        return False
    block, place = divmod(membership.n_sides_drawn, every)
    return place == drawn(f"{kind}:{membership.public_id}:{every}:{block}", below=every)


def drawn(name: str, *, below: int) -> int:
    """A number from 0 up to `below`, by lot, and by the same name the same one."""
    secret = hmac.new(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256).digest()
    return int.from_bytes(secret[:8]) % below
