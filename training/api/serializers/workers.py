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
    uuid = serializers.CharField(required=False, help_text=_("Of a GPU, or of a part of one."))


class CardLoadSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField(allow_null=True, help_text=_("Of its time in use."))
    memory_mib = serializers.IntegerField(allow_null=True)


class LoadSerializer(serializers.Serializer[Any]):
    """What is in use, at the last sign of life; null is what a driver does not tell."""

    cpu = serializers.FloatField(
        required=False, help_text=_("Share of the processors’ time in use, 0 to 1.")
    )
    load_average = serializers.FloatField(
        required=False,
        help_text=_("Tasks that ran or waited for a processor at once, over a minute."),
    )
    memory_mib = serializers.IntegerField(required=False)
    gpus = CardLoadSerializer(many=True, required=False)


class WorkerSerializer(serializers.ModelSerializer[Worker]):
    id = serializers.UUIDField(source="public_id")
    devices = DeviceSerializer(many=True)
    versions = serializers.DictField(child=serializers.CharField())
    load = LoadSerializer()
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
