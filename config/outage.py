"""A database that takes nothing for now: full, locked, restarting or out of reach."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from annotate.api.problems import problem_page
from config.errors import API_ROOT

RETRY_AFTER = "5"  # seconds
log = logging.getLogger(__name__)


class OutageMiddleware:
    """Answer 503 in words, so that clients keep what they sent and send it again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        log.error("The database does not answer or takes nothing: %s", error, exc_info=error)
        if request.path.startswith(API_ROOT):
            detail = _("Nothing can be saved just now, and nothing was. Send this again soon.")
            answer: HttpResponse = problem_page(
                status=503, code="database_unavailable", detail=detail
            )
        else:  # without the request, as whoever is signed in is in the database too
            answer = HttpResponse(render_to_string("503.html"), status=503)
        answer["Retry-After"] = RETRY_AFTER
        return answer
