"""An arena of checkpoints: what is asked for, and what was queued for it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.serializers.arenas import ArenaSerializer, WantedBody
from training.api.serializers.runs import SettingsField


class CheckpointArenaBody(WantedBody):
    project = serializers.SlugField()
    checkpoints = serializers.ListField(child=serializers.UUIDField(), max_length=8)
    origins = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=8,
        default=list,
        help_text=_("Models whose answers the project has already."),
    )
    with_copy = serializers.BooleanField(default=False, help_text=_("Enter the first one twice."))
    settings = SettingsField(required=False, default=dict)


class CheckpointArenaSerializer(serializers.Serializer[Any]):
    arena = ArenaSerializer()
    runs = serializers.ListField(child=serializers.UUIDField())
