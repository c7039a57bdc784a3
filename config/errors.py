"""What an address answers that no view does: a page for people, a problem object for programs."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from annotate.api.problems import problem_page

API_ROOT = "/api/"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(API_ROOT):
        return defaults.page_not_found(request, exception)
    detail = _("There is no such address. All of them are at /api/v1/schema/.")
    return problem_page(status=404, code="not_found", detail=detail)


def server_error(request: HttpRequest) -> HttpResponse:
    if not request.path.startswith(API_ROOT):
        return defaults.server_error(request)
    detail = _("Something went wrong here, and it was written to the log.")
    return problem_page(status=500, code="server_error", detail=detail)
