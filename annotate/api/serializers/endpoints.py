"""Servers of models; of a key its end alone is ever told."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.endpoints.money import MOST_PRICE
from annotate.models import Endpoint, LengthField

IN_BILLIONTHS = _("In billionths of the currency.")


class UsableEndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """What leads choose among."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Endpoint
        fields = ["id", "name", "model_names", "currency", "price_in", "price_out"]
        read_only_fields = fields


class EndpointSerializer(UsableEndpointSerializer):
    project = serializers.CharField(source="project.slug", allow_null=True, default=None)
    has_key = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = [
            *UsableEndpointSerializer.Meta.fields,
            *("project", "base_url", "has_key", "key_tail", "length_field", "monthly_limit"),
            *("requests_per_minute", "tokens_per_minute", "most_at_once", "timeout_seconds"),
            *("is_active", "paused_until", "made_at"),
        ]
        read_only_fields = fields

    def get_has_key(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.key_encrypted)


def _price() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=MOST_PRICE, required=False, help_text=IN_BILLIONTHS
    )


def _limit() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=10**9, allow_null=True, required=False)


class EndpointBody(StrictSerializer):
    name = serializers.CharField(max_length=80)
    base_url = serializers.CharField(max_length=300)
    model_names = serializers.ListField(child=serializers.CharField(max_length=200))
    key = serializers.CharField(
        max_length=1000,
        required=False,
        write_only=True,
        help_text=_("Kept encrypted, and never shown again. Empty: it needs none."),
    )
    forget_key = serializers.BooleanField(required=False, write_only=True)
    length_field = serializers.ChoiceField(LengthField.choices, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    price_in = _price()
    price_out = _price()
    monthly_limit = serializers.IntegerField(
        min_value=0, max_value=2**53, allow_null=True, required=False, help_text=IN_BILLIONTHS
    )
    requests_per_minute = _limit()
    tokens_per_minute = _limit()
    most_at_once = serializers.IntegerField(min_value=1, max_value=64, required=False)
    timeout_seconds = serializers.IntegerField(min_value=1, max_value=600, required=False)
    is_active = serializers.BooleanField(required=False)


class TrialBody(StrictSerializer):
    model = serializers.CharField(max_length=200)


class TrialSerializer(serializers.Serializer[Any]):
    is_good = serializers.BooleanField()
    sentence = serializers.CharField()
    text = serializers.CharField(source="written.text", allow_null=True, default=None)
