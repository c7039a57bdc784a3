"""How long trained weights are kept: seen, tried, changed and carried out by site admins."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.views import ApiViewSet
from training.api.serializers.retention import (
    RetentionBody,
    RetentionDeleteBody,
    RetentionDeletedSerializer,
    RetentionPreviewSerializer,
    RetentionQuery,
    RetentionSerializer,
)
from training.checkpoints.kept import change_rules, delete_now, preview, rules


class RetentionViewSet(ApiViewSet):
    queries = {"look": RetentionQuery}

    @extend_schema(responses=RetentionSerializer)
    def retrieve(self, request: Request) -> Response:
        """The rules that hold."""
        require_site_admin(self.caller)
        return Response(RetentionSerializer(rules()).data)

    @extend_schema(request=RetentionBody, responses=RetentionSerializer)
    def partial_update(self, request: Request) -> Response:
        """Keep other rules from now on; nothing is deleted by that alone."""
        require_site_admin(self.caller)
        changed = change_rules(**self.body(RetentionBody, partial=True), changed_by=self.caller)
        return Response(RetentionSerializer(changed).data)

    @extend_schema(parameters=[RetentionQuery], responses=RetentionPreviewSerializer)
    def look(self, request: Request) -> Response:
        """What these rules, or those that hold, would delete; nothing is."""
        require_site_admin(self.caller)
        tried = rules()
        for name, value in self.filters.items():
            setattr(tried, name, value)
        return Response(RetentionPreviewSerializer(preview(tried)).data)

    @extend_schema(request=RetentionDeleteBody, responses=RetentionDeletedSerializer)
    def carry_out(self, request: Request) -> Response:
        """Delete the files of these checkpoints, as far as the rules that hold do not keep them."""
        require_site_admin(self.caller)
        named = set(self.body(RetentionDeleteBody)["checkpoints"])
        n_deleted = delete_now(only=named, by=self.caller)
        return Response(RetentionDeletedSerializer({"n_deleted": n_deleted}).data)
