"""A request by somebody signed in: what a page gets behind `login_required`, or whoever asks."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from annotate.models import User


class SignedInRequest(HttpRequest):
    """Never made: it names what the decorator and the middleware have seen to."""

    user: User
    htmx: HtmxDetails


def signed_in(user: User | AnonymousUser) -> User:
    """The user, where a gate before this has let nobody else in.

    Raises: PermissionDenied if it has.
    """
    if not isinstance(user, User):
        raise PermissionDenied
    return user
