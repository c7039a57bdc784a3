"""Pages of a list by cursor: a page costs the same wherever it lies, and names no row number."""

import uuid
from abc import ABC, abstractmethod
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 50
MAX_PAGE_SIZE = 500


class CursorAnswers(BasePagination):
    """`{next, results}`: `next` is the address of the following page, or null."""

    parameters = frozenset({"cursor", "page_size"})
    next_address: str | None = None

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_address, "results": data})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "From the `next` address of the page before.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }


class CursorPages(CursorAnswers, ABC):
    """Pages of any rows, forward."""

    @abstractmethod
    def ordered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the order of the list."""

    @abstractmethod
    def beyond(self, queryset: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        """The rows that follow the one named by the cursor."""

    @abstractmethod
    def cursor_of(self, row: Any) -> str:
        """The name of a row, from which the following page begins."""

    def paginate_queryset(  # type: ignore[override]  # no plain list is paged here
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        size = page_size(request)
        rows = self.ordered(queryset)
        if cursor := request.query_params.get("cursor"):
            rows = self.beyond(rows, cursor)
        found = list(rows[: size + 1])
        self.next_address = None
        if len(found) > size:
            found = found[:size]
            address = request.build_absolute_uri()
            self.next_address = replace_query_param(address, "cursor", self.cursor_of(found[-1]))
        return found


class NewestFirst(CursorPages):
    """Rows with a public id, the newest first; the cursor is the last row's public id."""

    def ordered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.order_by("-pk")

    def beyond(self, queryset: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        try:
            public_id = uuid.UUID(cursor)
        except ValueError:
            raise wrong_cursor() from None
        # not within the queryset: the row may have left the filter since the page before
        named = queryset.model._default_manager.filter(public_id=public_id)
        last = named.values_list("pk", flat=True).first()
        if last is None:
            raise wrong_cursor()
        return queryset.filter(pk__lt=last)

    def cursor_of(self, row: Any) -> str:
        return str(row.public_id)


class InOrderOf(CursorPages):
    """Rows in the order of fields that are unique together; the cursor holds their values."""

    fields: tuple[str, ...]

    def ordered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.order_by(*self.fields)

    def beyond(self, queryset: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        texts = cursor.split("~")
        if len(texts) != len(self.fields):
            raise wrong_cursor()
        try:
            values = [
                queryset.model._meta.get_field(field).to_python(text)
                for field, text in zip(self.fields, texts, strict=True)
            ]
        except DjangoValidationError:
            raise wrong_cursor() from None
        return queryset.filter(_later_than(self.fields, values))

    def cursor_of(self, row: Any) -> str:
        return "~".join(str(getattr(row, field)) for field in self.fields)


def _later_than(fields: tuple[str, ...], values: list[Any]) -> Q:
    """(a, b) > (x, y) as a > x or (a = x and b > y)."""
    later = Q(**{f"{fields[-1]}__gt": values[-1]})
    for field, value in reversed(list(zip(fields[:-1], values[:-1], strict=True))):
        later = Q(**{f"{field}__gt": value}) | (Q(**{field: value}) & later)
    return later


def wrong_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("This cursor does not belong to this list.")]})


def page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE_SIZE:
        message = _("Use a whole number from 1 to %(most)d.") % {"most": MAX_PAGE_SIZE}
        raise ValidationError({"page_size": [message]})
    return int(text)
