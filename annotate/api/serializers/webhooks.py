"""Webhooks; their addresses and secrets go in, and never come out."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import Webhook, WebhookFormat
from annotate.notices.notice_rules.known_rules import TOLD_CHOICES


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    is_signed = serializers.SerializerMethodField()

    class Meta:
        model = Webhook
        fields = [
            *(
                "id",
                "project",
                "name",
                "format",
                "host",
                "is_signed",
                "kinds",
                "language",
                "is_active",
            ),
            "made_at",
        ]
        read_only_fields = fields

    def get_is_signed(self, webhook: Webhook) -> bool:
        return bool(webhook.secret_encrypted)


class WebhookBody(StrictSerializer):
    name = serializers.CharField(max_length=80)
    format = serializers.ChoiceField(choices=WebhookFormat.choices)
    url = serializers.CharField(
        max_length=2000, write_only=True, help_text=_("Kept encrypted, and never shown again.")
    )
    secret = serializers.CharField(
        max_length=500,
        required=False,
        write_only=True,
        help_text=_("Signs what is sent. Kept encrypted, and never shown again."),
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=TOLD_CHOICES),
        required=False,
        help_text=_("Of what it is told; empty: of everything."),
    )
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    is_active = serializers.BooleanField(required=False)
