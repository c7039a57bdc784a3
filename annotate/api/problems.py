"""Every refusal as an RFC 9457 problem object: what is wrong, with which field and value."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from annotate.errors import AccordError

PROBLEM_TYPE = "application/problem+json"
MAX_VALUE_SHOWN = 200  # characters of a wrong value that are sent back
WORDS = {  # by code, where the framework would name types of Python
    "not_a_list": gettext_lazy("A list is needed here."),
    "not_a_dict": gettext_lazy("An object is needed here."),
}


class BodyTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body is too large for this address.")
    default_code = "body_too_large"


def problem(*, status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The members of RFC 9457, then ours: `code`, and where known `field`, `value`, `row`."""
    known = {name: value for name, value in members.items() if value not in (None, "", [])}
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **known,
    }


def answer_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into a problem; None lets an unexpected one become a logged 500."""
    if isinstance(error, AccordError):
        set_rollback()
        return _response(_from_accord(error))
    if isinstance(error, RequestDataTooBig):
        error = BodyTooLarge()
    elif isinstance(error, Http404):
        error = exceptions.NotFound(_("There is no such thing here."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    standard = exception_handler(error, context)
    if standard is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        body = _from_validation(error, sent=context["request"])
    elif isinstance(error, exceptions.APIException):
        detail, code = str(error.detail), error.get_codes()
        body = problem(status=standard.status_code, code=str(code), detail=detail)
    else:
        return None
    return _response(body, headers=dict(standard.items()))


def problem_page(*, status: int, code: str, detail: str) -> JsonResponse:
    """The same where no view of the API answers."""
    body = problem(status=status, code=code, detail=detail)
    return JsonResponse(body, status=status, content_type=PROBLEM_TYPE)


def _response(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    kept = {name: value for name, value in (headers or {}).items() if name != "Content-Type"}
    return Response(body, status=body["status"], headers=kept, content_type=PROBLEM_TYPE)


def _from_accord(error: AccordError) -> dict[str, Any]:
    return problem(
        status=error.status,
        code=error.code,
        detail=str(error.message),
        field=error.field,
        value=_shown(error.value),
        row=getattr(error, "row", None),
    )


def _from_validation(error: exceptions.ValidationError, *, sent: Any) -> dict[str, Any]:
    """The first wrong field in front, all of them under `errors`."""
    wrong = []
    for field, detail in _flat(error.detail):
        value = _value_sent(sent, field)
        said = _in_words(detail, value)
        one = {"field": field, "code": str(detail.code), "detail": said}
        wrong.append(one if value is None else {**one, "value": value})
    first = wrong[0]
    return problem(
        status=error.status_code,
        code=first["code"],
        detail=first["detail"],
        field=first["field"],
        value=first.get("value"),
        errors=wrong,
    )


def _in_words(detail: exceptions.ErrorDetail, value: Any) -> str:
    """What the framework says, without the words of the language that it is written in."""
    if detail.code == "invalid_choice" and value is not None:
        return _("“%(value)s” is none of the choices.") % {"value": value}
    return str(WORDS.get(str(detail.code), detail))


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path, detail


def _value_sent(request: Any, field: str) -> Any:
    """What the caller sent under this name, in the body or the address, cut to a readable size."""
    if not field:
        return None
    value = request.query_params.get(field)
    data: Any = getattr(request, "_full_data", None)  # only if the view has read a body
    if value is None and hasattr(data, "get"):
        value = data
        for step in field.split("."):
            value = value.get(step) if hasattr(value, "get") else None
    return _shown(value)


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = as_written(value)[:MAX_VALUE_SHOWN]
    return text.encode(errors="backslashreplace").decode()  # a lone surrogate cannot be sent


def as_written(value: Any) -> str:
    """Lists and objects as they came, in JSON; everything else as text."""
    if not isinstance(value, list | tuple | dict):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
