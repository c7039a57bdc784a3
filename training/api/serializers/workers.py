"""The training processes, as they are told of outside."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from training.models import Worker


class DeviceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["cuda", "cpu"])
    name = serializers.CharField(required=False)
    cores = serializers.IntegerField(required=False, allow_null=True)
    memory_mib = serializers.IntegerField(required=False, allow_null=True)


class WorkerSerializer(serializers.ModelSerializer[Worker]):
    id = serializers.UUIDField(source="public_id")
    devices = DeviceSerializer(many=True)
    versions = serializers.DictField(child=serializers.CharField())
    load = serializers.DictField(
        child=serializers.JSONField(), help_text=_("What is in use, at the last sign of life.")
    )
    run = serializers.UUIDField(source="run.public_id", allow_null=True)

    class Meta:
        model = Worker
        fields = [
            "id",
            "name",
            "devices",
            "versions",
            "load",
            "started_at",
            "heartbeat_at",
            "run",
            "drained_at",
        ]
        read_only_fields = fields
