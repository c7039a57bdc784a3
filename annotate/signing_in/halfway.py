"""Somebody whose password was right and whose second factor is still to come.

They are not signed in: the session, which its cookie names, holds who they would be.
"""

import time

from django.http import HttpRequest

from annotate.models import User

WAITING = "waiting_for_code"
HAS_ANSWERED = "second_factor"  # this session has given its second factor
MOST_SECONDS = 600


def wait_for_code(request: HttpRequest, user: User, next_url: str) -> None:
    request.session[WAITING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),  # another password since ends it
        "next": next_url,
        "until": time.time() + MOST_SECONDS,
    }


def who_waits(request: HttpRequest) -> tuple[User, str] | None:
    """Who is to give a code here, and where they go on to."""
    waiting = request.session.get(WAITING)
    if waiting is None or waiting["until"] < time.time():
        return None
    user = User.objects.filter(pk=waiting["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != waiting["hash"]:
        return None
    return user, waiting["next"]


def forget_who_waits(request: HttpRequest) -> None:
    request.session.pop(WAITING, None)
