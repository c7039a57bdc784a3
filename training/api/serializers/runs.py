"""Runs: what may be asked for, and what is known of one."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField

from annotate.api.strict import Query, StrictSerializer
from training.models import Run, RunKind, RunMetric, RunState
from training.words.methods import METHOD_CHOICES


class SettingsField(serializers.DictField):
    """Values by name; which names and values a method takes, its config alone knows."""

    child = serializers.JSONField()


class RunSerializer(serializers.ModelSerializer[Run]):
    id = serializers.UUIDField(source="public_id")
    snapshot = serializers.UUIDField(source="snapshot.public_id", allow_null=True)
    base = serializers.UUIDField(source="base.public_id", allow_null=True)
    after = serializers.UUIDField(source="after.public_id", allow_null=True)
    against = serializers.UUIDField(source="against.public_id", allow_null=True)
    project = serializers.SlugField(source="project.slug", allow_null=True)
    settings = SettingsField()
    reward_models: SlugRelatedField[Any] = SlugRelatedField(
        slug_field="public_id", many=True, read_only=True
    )
    checkpoints: SlugRelatedField[Any] = SlugRelatedField(
        slug_field="public_id", many=True, read_only=True
    )

    class Meta:
        model = Run
        fields = [
            "id",
            "kind",
            "method",
            "name",
            "snapshot",
            "base",
            "after",
            "against",
            "project",
            "settings",
            "reward_models",
            "state",
            "attempt",
            "step",
            "total_steps",
            "phase",
            "reason",
            "worker",
            "queued_at",
            "started_at",
            "heartbeat_at",
            "cancel_requested_at",
            "finished_at",
            "checkpoints",
        ]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    preflight = serializers.JSONField(allow_null=True)
    plan = serializers.JSONField(allow_null=True)
    summary = serializers.JSONField(allow_null=True)

    class Meta:
        model = Run
        fields = [*RunSerializer.Meta.fields, "preflight", "plan", "summary"]
        read_only_fields = fields


class KindBody(StrictSerializer):
    """The kind decides which other fields there are."""

    kind = serializers.ChoiceField(choices=list(RunKind), default=RunKind.TRAIN)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")


class TrainBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.TRAIN.value], default=RunKind.TRAIN.value)
    method = serializers.ChoiceField(choices=METHOD_CHOICES)
    snapshot = serializers.UUIDField()
    base = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("A checkpoint to start from.")
    )
    after = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Or a run to start after.")
    )
    settings = SettingsField(required=False, default=dict)


class SampleBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.SAMPLE.value])
    project = serializers.SlugField()
    checkpoint = serializers.UUIDField()
    against_base = serializers.BooleanField(default=False)
    n_prompts = serializers.IntegerField(default=50)
    unanswered_only = serializers.BooleanField(default=False)
    reward_model = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Keeps the best candidates.")
    )
    n_candidates = serializers.IntegerField(default=4)
    settings = SettingsField(required=False, default=dict)


class EvaluateBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.EVALUATE.value])
    checkpoint = serializers.UUIDField()
    snapshot = serializers.UUIDField()
    reward_model = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Judges what it writes.")
    )
    against = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Another policy, compared.")
    )
    settings = SettingsField(required=False, default=dict)


class RunQuery(Query):
    kind = serializers.ChoiceField(choices=list(RunKind), required=False)
    method = serializers.ChoiceField(choices=METHOD_CHOICES, required=False)
    state = serializers.ChoiceField(choices=list(RunState), required=False)
    snapshot = serializers.UUIDField(required=False)


class RunMetricSerializer(serializers.ModelSerializer[RunMetric]):
    values = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = RunMetric
        fields = ["step", "phase", "logged_at", "values"]
        read_only_fields = fields


class RunMetricQuery(Query):
    phase = serializers.CharField(max_length=20, required=False)
    after_step = serializers.IntegerField(min_value=0, required=False)


class RunLogSerializer(serializers.Serializer[Any]):
    log = serializers.CharField(help_text=_("The end of what the run printed."))
    reason = serializers.CharField(help_text=_("One sentence, if it failed."))
