"""What every view of the API has in common."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import signed_in
from annotate.api.pagination import CursorAnswers, NewestFirst
from annotate.api.strict import Query, given_once, refuse_unknown
from annotate.judging.exposures import record_exposures
from annotate.models import Annotator, Project, Role, User


class ApiViewSet(GenericViewSet[Any]):
    """Translates requests and answers; who may do what is asked in one place."""

    pagination_class: type[CursorAnswers] = NewestFirst
    filter_backends = []
    queries: ClassVar[Mapping[str, type[Query]]] = {}  # the filters of each action that has some

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.filters = self._read_query(request)

    @property
    def caller(self) -> User:
        """Who asks; the permission classes let no stranger in."""
        return signed_in(self.request.user)

    def project(self, role: Role) -> Project:
        """The project in the address, if the caller holds this role in it: else 404 or 403."""
        return project_for(self.caller, self.kwargs["slug"], role)

    @cached_property
    def annotator(self) -> Annotator:
        return annotator_for(self.caller)

    def body(
        self, serializer_class: type[BaseSerializer[Any]], *, partial: bool = False
    ) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = serializer.validated_data
        return given

    def page_of(
        self, queryset: QuerySet[Any], serializer_class: type[BaseSerializer[Any]], **context: Any
    ) -> Response:
        rows = self.paginate_queryset(queryset)
        return self.get_paginated_response(serializer_class(rows, many=True, context=context).data)

    def spoiling_page_of(
        self, queryset: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]
    ) -> Response:
        """A page of rows that tell what people said of comparisons: its reader has seen it."""
        rows = self.paginate_queryset(queryset)
        comparisons = [row.comparison for row in rows or []]
        record_exposures(annotator=self.annotator, comparisons=comparisons)
        return self.get_paginated_response(serializer_class(rows, many=True).data)

    def _read_query(self, request: Request) -> dict[str, Any]:
        query_class = self.queries.get(self.action or "", Query)
        query = query_class(data=given_once(request.query_params, query_class()))
        is_list = (self.action or "").startswith("list")
        refuse_unknown(
            request.query_params,
            set(query.fields) | (self.pagination_class.parameters if is_list else set()),
        )
        query.is_valid(raise_exception=True)
        given: dict[str, Any] = query.validated_data
        return given
