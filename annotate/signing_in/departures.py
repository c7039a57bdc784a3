"""People on their way to the provider: each way back is good once, in the session it began in."""

import time
from dataclasses import asdict, dataclass

from django.http import HttpRequest

from annotate.signing_in.provider import Departure, SignInRefused

AWAY = "away_to_sign_in"
MOST_SECONDS = 600
MOST_AT_ONCE = 5  # several tabs


@dataclass(frozen=True)
class Return:
    """Somebody who is back: what they left with, and what they are to do here."""

    departure: Departure
    next_url: str
    invitation: str  # the secret part of its link


def remember(request: HttpRequest, departure: Departure, *, next_url: str, invitation: str) -> None:
    away = request.session.get(AWAY, [])[-(MOST_AT_ONCE - 1) :]
    left = asdict(departure) | {
        "next": next_url,
        "invitation": invitation,
        "until": time.time() + MOST_SECONDS,
    }
    request.session[AWAY] = [*away, left]


def take(request: HttpRequest, state: str) -> Return:
    """What they left with, which is then forgotten. Raises: SignInRefused."""
    away = request.session.get(AWAY, [])
    found = [left for left in away if left["state"] == state]
    if not found:
        raise SignInRefused
    request.session[AWAY] = [left for left in away if left["state"] != state]
    left = found[0]
    if left["until"] < time.time():
        raise SignInRefused
    departure = Departure(left["state"], left["nonce"], left["verifier"])
    return Return(departure, left["next"], left["invitation"])
