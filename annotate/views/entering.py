"""The last step of every way in: the session is somebody's from here on, in their language."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from annotate.models import User
from annotate.signing_in.halfway import HAS_ANSWERED, forget_who_waits


def enter(
    request: HttpRequest, user: User, *, next_url: str, has_answered: bool = False
) -> HttpResponse:
    """Sign somebody in who has shown all that is asked of them.

    Args:
        has_answered: they have given a second factor, or whoever vouches for them has asked one.
    """
    forget_who_waits(request)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    if has_answered:
        request.session[HAS_ANSWERED] = True
    response = redirect(next_url)
    if user.language:
        remember_language(response, user.language)
    else:
        keep_language(user, translation.get_language() or "")
    return response


def keep_language(user: User, code: str) -> None:
    """Work done later for this person, such as an import, writes in their language."""
    if code in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=code)


def remember_language(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 60 * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
