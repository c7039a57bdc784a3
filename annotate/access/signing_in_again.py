"""Signing in again after a session has ended leads back to the page, not to where its form went.

`login_required` remembers the address that was asked for. That of a form takes no GET, so whoever
signed in would end on "405 Method Not Allowed", and not know that nothing was saved.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class SigningInAgainMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method in SAFE_METHODS or not _leads_to_sign_in(response):
            return response
        messages.warning(
            request,
            _("You had been signed out, so what you sent was not saved. Please send it again."),
        )
        return redirect_to_login(_page_of_the_form(request))


def _leads_to_sign_in(response: HttpResponse) -> bool:
    """Whether it is what `login_required` answers: signing in itself leads elsewhere."""
    if response.status_code != 302:
        return False
    location = urlsplit(response["Location"])
    return location.path == settings.LOGIN_URL and location.query.startswith("next=")


def _page_of_the_form(request: HttpRequest) -> str:
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    ):
        return "/"
    parts = urlsplit(page)
    return parts._replace(scheme="", netloc="", fragment="").geturl()
