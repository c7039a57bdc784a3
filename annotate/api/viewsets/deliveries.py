"""The outbox: what was sent, what was given up and why, and sending that again."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role, require_site_admin
from annotate.api.serializers.deliveries import DeliveryDetailSerializer, DeliverySerializer
from annotate.api.views import ApiViewSet
from annotate.models import Channel, Delivery, Role
from annotate.notices.outbox import send_again


class DeliveryViewSet(ApiViewSet):
    @extend_schema(responses=DeliverySerializer(many=True))
    def list(self, request: Request) -> Response:
        """All that was sent, or waits to be: newest first."""
        require_site_admin(self.caller)
        return self.page_of(
            Delivery.objects.select_related("project", "webhook"), DeliverySerializer
        )

    @extend_schema(responses=DeliveryDetailSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One delivery, with each try at it."""
        return Response(DeliveryDetailSerializer(self._delivery(public_id)).data)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def again(self, request: Request, public_id: str) -> Response:
        """Send again, under the same id, what was given up or what a webhook was told."""
        send_again(delivery=self._delivery(public_id), asked_by=self.annotator)
        shown = DeliverySerializer(self._delivery(public_id)).data
        return Response(shown, status=status.HTTP_202_ACCEPTED)

    def _delivery(self, public_id: str) -> Delivery:
        """Letters are for site admins; what a webhook was told is for the project's leads, too."""
        rows = Delivery.objects.select_related("project", "webhook").prefetch_related("tries")
        found = get_object_or_404(rows, public_id=public_id)
        if found.channel == Channel.WEBHOOK and found.project is not None:
            require_role(self.caller, found.project, Role.LEAD)
        else:
            require_site_admin(self.caller)
        return found
