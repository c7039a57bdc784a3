"""Checkpoints, where they came from, and how good they are."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import FlagFilter, Query, StrictSerializer
from training.api.serializers.runs import RunSerializer
from training.api.serializers.snapshots import SnapshotSerializer
from training.models import Checkpoint, CheckpointKind, Evaluation, Registration


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """Where its files lie on the server is nobody's business outside."""

    id = serializers.UUIDField(source="public_id")
    run = serializers.UUIDField(source="run.public_id", allow_null=True)
    lies_over = serializers.UUIDField(source="lies_over.public_id", allow_null=True)
    is_promoted = serializers.BooleanField(help_text=_("Whether it is the champion of a project."))

    class Meta:
        model = Checkpoint
        fields = [
            "id",
            "kind",
            "name",
            "digest",
            "size_bytes",
            "run",
            "lies_over",
            "step",
            "is_final",
            "is_promoted",
            "uses_erased_data",
            "created_at",
            "dropped_at",
        ]
        read_only_fields = fields


class ManifestEntrySerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class CheckpointDetailSerializer(CheckpointSerializer):
    manifest = ManifestEntrySerializer(many=True)
    # A field, which the metaclass takes out of the class.
    source = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text=_("Of a base, where it came from; for site admins alone.")
    )

    class Meta:
        model = Checkpoint
        fields = [*CheckpointSerializer.Meta.fields, "manifest", "source"]
        read_only_fields = fields

    def get_source(self, checkpoint: Checkpoint) -> str:
        return checkpoint.source if self.context["caller"].is_site_admin else ""


class CheckpointQuery(Query):
    kind = serializers.ChoiceField(choices=list(CheckpointKind), required=False)
    is_final = FlagFilter(required=False, default=None)
    is_promoted = FlagFilter(required=False, default=None)
    run = serializers.UUIDField(required=False)


class BaseBody(StrictSerializer):
    # A field, which the metaclass takes out of the class.
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=300, help_text=_("A directory on the server, or a hub id with its revision.")
    )
    name = serializers.CharField(max_length=120, allow_blank=True, default="")


class RegistrationSerializer(serializers.ModelSerializer[Registration]):
    """A base that is being read; `checkpoint` is there once it has succeeded."""

    id = serializers.UUIDField(source="public_id")
    # A field, which the metaclass takes out of the class.
    source = serializers.CharField(source="wanted")  # type: ignore[assignment]
    checkpoint = serializers.UUIDField(source="base.public_id", allow_null=True)

    class Meta:
        model = Registration
        fields = [
            "id",
            "source",
            "name",
            "state",
            "reason",
            "checkpoint",
            "requested_at",
            "finished_at",
        ]
        read_only_fields = fields


class LineageStepSerializer(serializers.Serializer[Any]):
    checkpoint = CheckpointSerializer()
    run = RunSerializer(allow_null=True)
    snapshot = SnapshotSerializer(allow_null=True)


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    id = serializers.UUIDField(source="public_id")
    checkpoint = serializers.UUIDField(source="checkpoint.public_id")
    snapshot = serializers.UUIDField(source="snapshot.public_id", allow_null=True)
    run = serializers.UUIDField(source="run.public_id")
    figures = serializers.DictField(child=serializers.JSONField())
    baselines = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Evaluation
        fields = [
            "id",
            "checkpoint",
            "snapshot",
            "run",
            "figures",
            "baselines",
            "samples",
            "recorded_at",
        ]
        read_only_fields = fields


class EvaluationQuery(Query):
    checkpoint = serializers.UUIDField(required=False)
    snapshot = serializers.UUIDField(required=False)
