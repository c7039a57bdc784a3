"""Where the site asks leads and admins for a second factor: nothing opens to them before it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotate.api.problems import problem_page
from annotate.signing_in.halfway import HAS_ANSWERED
from annotate.signing_in.second_factor import has_second_factor, must_have_second_factor
from config.errors import API_ROOT

OPEN_ALL_THE_SAME = {  # what it takes to set one up, and to leave
    "annotate:second_factor",
    "annotate:second_factor_begin",
    "annotate:second_factor_on",
    "annotate:sign_out",
    "set_language",
}


class SecondFactorMiddleware:
    """A program with a token is not asked: nobody sits there with a phone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _arguments: Any, _named: Any
    ) -> HttpResponse | None:
        if not settings.ACCORD_REQUIRE_SECOND_FACTOR or not self._is_lacking(request):
            return None
        if request.path.startswith(API_ROOT):
            says = _(
                "This site asks you for a second factor: set it up on the page of your account."
            )
            return problem_page(status=403, code="second_factor_needed", detail=says)
        if request.user.is_authenticated and has_second_factor(request.user):
            page = request.get_full_path() if request.method == "GET" else "/"
            logout(request)  # they signed in before they had it, in another browser
            return redirect_to_login(page)
        return redirect("annotate:second_factor")

    def _is_lacking(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        if match is None or match.view_name in OPEN_ALL_THE_SAME:
            return False
        if request.headers.get("Authorization", "").lower().startswith("token "):
            return False  # whoever sends a wrong one is refused for that
        user = request.user
        if not user.is_authenticated or request.session.get(HAS_ANSWERED):
            return False
        return must_have_second_factor(user)
