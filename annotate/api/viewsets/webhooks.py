"""Webhooks of a project, and what was sent to them: for its leads."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.serializers.deliveries import DeliverySerializer
from annotate.api.serializers.webhooks import WebhookBody, WebhookSerializer
from annotate.api.views import ApiViewSet
from annotate.models import Role, Webhook
from annotate.notices.webhooks import (
    change_webhook,
    delete_webhook,
    make_webhook,
    queue_trial_of,
)


class WebhookViewSet(ApiViewSet):
    @extend_schema(responses=WebhookSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The webhooks of the project."""
        project = self.project(Role.LEAD)
        rows = Webhook.objects.select_related("project").filter(project=project)
        return self.page_of(rows, WebhookSerializer)

    @extend_schema(request=WebhookBody, responses={201: WebhookSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Have what happens in the project told to an address."""
        project = self.project(Role.LEAD)
        made = make_webhook(project=project, made_by=self.annotator, **self.body(WebhookBody))
        return Response(WebhookSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=WebhookSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One webhook; of its address, the host."""
        return Response(WebhookSerializer(self._webhook(public_id)).data)

    @extend_schema(request=WebhookBody, responses=WebhookSerializer)
    def partial_update(self, request: Request, public_id: str) -> Response:
        """Change some of it; a secret stays with its address."""
        webhook = self._webhook(public_id)
        body = self.body(WebhookBody, partial=True)
        changed = change_webhook(webhook=webhook, changed_by=self.annotator, **body)
        return Response(WebhookSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        """Tell it nothing more; what was sent to it goes, too."""
        delete_webhook(webhook=self._webhook(public_id), deleted_by=self.annotator)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def attempt(self, request: Request, public_id: str) -> Response:
        """Send a trial; what becomes of it is told at `deliveries/{id}/`."""
        delivery = queue_trial_of(webhook=self._webhook(public_id))
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=DeliverySerializer(many=True))
    def list_deliveries(self, request: Request, public_id: str) -> Response:
        """What was sent to it, newest first."""
        rows = self._webhook(public_id).deliveries.select_related("project", "webhook")
        return self.page_of(rows, DeliverySerializer)

    def _webhook(self, public_id: str) -> Webhook:
        rows = Webhook.objects.select_related("project")
        found = get_object_or_404(rows, public_id=public_id)
        require_role(self.caller, found.project, Role.LEAD)
        return found
