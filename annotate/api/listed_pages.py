"""Pages of the comparisons that filters find, in their order and in both directions."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotate.api.pagination import CursorAnswers, page_size, wrong_cursor
from annotate.listing.filter_kinds import Wanted
from annotate.listing.found import found_page
from annotate.listing.pages import WrongMark
from annotate.models import Comparison, Project

BACK = "before~"


class ListedPages(CursorAnswers):
    """`{next, previous, results}`."""

    def found(self, project: Project, wanted: Wanted, request: Request) -> list[Comparison]:
        cursor = request.query_params.get("cursor", "")
        mark = cursor.removeprefix(BACK)
        side = {"before" if cursor.startswith(BACK) else "after": mark}
        try:
            page = found_page(project, wanted, size=page_size(request), **side)
        except WrongMark:
            raise wrong_cursor() from None
        address = request.build_absolute_uri()
        self.next_address = page.after and replace_query_param(address, "cursor", page.after)
        self.previous_address = page.before and replace_query_param(
            address, "cursor", f"{BACK}{page.before}"
        )
        return page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self.next_address or None,
                "previous": self.previous_address or None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        properties = described["properties"]
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"previous": properties["next"], **properties},
        }
