"""What a project asks for, version by version."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.judging.protocols.declaration import answer_schema
from annotate.judging.protocols.presets import PRESETS
from annotate.models import Protocol

PRESET_CHOICES = [(name, preset.label) for name, preset in PRESETS.items()]


class ProtocolSerializer(serializers.ModelSerializer[Protocol]):
    answer = serializers.SerializerMethodField(
        help_text=_("JSON Schema of what is sent with a judgement under this version.")
    )

    class Meta:
        model = Protocol
        fields = ["version", "declaration", "made_at", "answer"]
        read_only_fields = fields

    def get_answer(self, protocol: Protocol) -> dict[str, Any]:
        return answer_schema(protocol.declaration)


class ProtocolBody(StrictSerializer):
    based_on = serializers.IntegerField(
        min_value=1,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("The version that was changed: refused where another is in force by now."),
    )
    declaration = serializers.JSONField(
        help_text=_("The parts asked for, each with its settings: the whole of the next version.")
    )
