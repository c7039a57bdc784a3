"""Servers of models: kept by site admins, chosen among by leads."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.serializers.endpoints import (
    EndpointBody,
    EndpointSerializer,
    TrialBody,
    TrialSerializer,
    UsableEndpointSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.endpoints.endpoints import (
    change_endpoint,
    endpoints_for,
    make_endpoint,
    try_endpoint,
)
from annotate.models import Endpoint, Role


class EndpointViewSet(ApiViewSet):
    @extend_schema(responses=EndpointSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All endpoints of the installation."""
        require_site_admin(self.caller)
        return self.page_of(Endpoint.objects.select_related("project"), EndpointSerializer)

    @extend_schema(request=EndpointBody, responses={201: EndpointSerializer})
    def create(self, request: Request) -> Response:
        """Keep an OpenAI-compatible server, for all projects."""
        require_site_admin(self.caller)
        body = self.body(EndpointBody)
        body.pop("forget_key", None)
        endpoint = make_endpoint(made_by=self.annotator, **body)
        return Response(EndpointSerializer(endpoint).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=EndpointSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One endpoint; of its key, the end."""
        return Response(EndpointSerializer(self._endpoint(public_id)).data)

    @extend_schema(request=EndpointBody, responses=EndpointSerializer)
    def partial_update(self, request: Request, public_id: str) -> Response:
        """Change some of it; without `key` the old one stays, unless the address changes."""
        endpoint = self._endpoint(public_id)
        body = self.body(EndpointBody, partial=True)
        changed = change_endpoint(endpoint=endpoint, changed_by=self.annotator, **body)
        return Response(EndpointSerializer(changed).data)

    @extend_schema(request=TrialBody, responses=TrialSerializer)
    def attempt(self, request: Request, public_id: str) -> Response:
        """Have a model say one word; what came of it, in a sentence."""
        endpoint = self._endpoint(public_id)
        tried = try_endpoint(endpoint, model=self.body(TrialBody)["model"])
        return Response(TrialSerializer(tried).data)

    @extend_schema(responses=UsableEndpointSerializer(many=True))
    def list_usable(self, request: Request, slug: str) -> Response:
        """The endpoints that may answer the prompts of the project."""
        usable = endpoints_for(self.project(Role.LEAD))
        return self.page_of(usable.order_by(), UsableEndpointSerializer)

    def _endpoint(self, public_id: str) -> Endpoint:
        require_site_admin(self.caller)
        return get_object_or_404(Endpoint.objects.select_related("project"), public_id=public_id)
