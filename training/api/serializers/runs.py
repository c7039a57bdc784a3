"""Runs: what may be asked for, and what is known of one."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField

from annotate.api.strict import Query
from training.models import Attempt, AttemptEnding, Run, RunKind, RunMetric, RunState
from training.reports.run_status import why_waits
from training.runs.checks import advice_of
from training.runs.estimates import estimates_of
from training.runs.order import places_in_queue
from training.words.methods import METHOD_CHOICES

ADVICE = _("What practice would do differently, in sentences.")


class SettingsField(serializers.DictField):
    """Values by name; which names and values a method takes, its config alone knows."""

    child = serializers.JSONField()


class PlannedRunSerializer(serializers.ModelSerializer[Run]):
    """What a run is asked to do, under the names that it is asked with.

    A training run has a `base`; what samples or is measured is its `checkpoint`.
    """

    method = serializers.ChoiceField(
        choices=METHOD_CHOICES, allow_blank=True, help_text=_("Of kind train.")
    )
    snapshot = serializers.UUIDField(source="snapshot.public_id", allow_null=True)
    base = serializers.SerializerMethodField(help_text=_("Of kind train."))
    checkpoint = serializers.SerializerMethodField(help_text=_("Of kind sample and evaluate."))
    after = serializers.UUIDField(source="after.public_id", allow_null=True)
    against = serializers.UUIDField(source="against.public_id", allow_null=True)
    project = serializers.SlugField(source="project.slug", allow_null=True)
    settings = SettingsField()
    reward_models: SlugRelatedField[Any] = SlugRelatedField(
        slug_field="public_id", many=True, read_only=True
    )
    reward_model = serializers.SerializerMethodField(help_text=_("Of kind sample and evaluate."))
    against_base = serializers.SerializerMethodField(help_text=_("Of kind sample."))
    n_prompts = serializers.SerializerMethodField(help_text=_("Of kind sample."))
    unanswered_only = serializers.SerializerMethodField(help_text=_("Of kind sample."))
    n_candidates = serializers.SerializerMethodField(help_text=_("Of kind sample."))

    class Meta:
        model = Run
        fields = [
            "kind",
            "method",
            "name",
            "snapshot",
            "base",
            "checkpoint",
            "after",
            "against",
            "project",
            "settings",
            "reward_models",
            "reward_model",
            "against_base",
            "n_prompts",
            "unanswered_only",
            "n_candidates",
        ]
        read_only_fields = fields

    def get_base(self, run: Run) -> UUID | None:
        return run.base.public_id if run.base and run.kind == RunKind.TRAIN else None

    def get_checkpoint(self, run: Run) -> UUID | None:
        return run.base.public_id if run.base and run.kind != RunKind.TRAIN else None

    def get_reward_model(self, run: Run) -> UUID | None:
        models = [] if run.kind == RunKind.TRAIN else list(run.reward_models.all())
        return models[0].public_id if models else None

    def get_against_base(self, run: Run) -> bool | None:
        value: bool | None = _of_sample(run, "against_base", False)
        return value

    def get_n_prompts(self, run: Run) -> int | None:
        value: int | None = _of_sample(run, "n_prompts", None)
        return value

    def get_unanswered_only(self, run: Run) -> bool | None:
        value: bool | None = _of_sample(run, "unanswered_only", False)
        return value

    def get_n_candidates(self, run: Run) -> int | None:
        value: int | None = _of_sample(run, "n_candidates", None)
        return value


def _of_sample(run: Run, name: str, default: Any) -> Any:
    return run.settings.get(name, default) if run.kind == RunKind.SAMPLE else None


class RunSerializer(PlannedRunSerializer):
    id = serializers.UUIDField(source="public_id")
    checkpoints: SlugRelatedField[Any] = SlugRelatedField(
        slug_field="public_id", many=True, read_only=True
    )

    class Meta:
        model = Run
        fields = [
            "id",
            *PlannedRunSerializer.Meta.fields,
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


class RunEstimateSerializer(serializers.Serializer[Any]):
    """What a run will take on a worker, from the earlier runs of that worker."""

    worker = serializers.CharField(allow_blank=True)
    steps = serializers.IntegerField()
    tokens = serializers.IntegerField()
    memory_mib = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(
        allow_null=True, help_text=_("As far off as the earlier runs would have been estimated.")
    )
    high = serializers.FloatField(allow_null=True)
    n_runs = serializers.IntegerField(help_text=_("Earlier runs that it rests on."))


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try at a run. `ended_at` is the last sign of life where its worker went away."""

    resumed_by = serializers.CharField(source="resumed_by.username", allow_null=True)
    cancelled_by = serializers.CharField(source="cancelled_by.username", allow_null=True)
    ending = serializers.ChoiceField(
        choices=AttemptEnding.choices,
        allow_blank=True,
        help_text=_("Empty while it is under way."),
    )

    class Meta:
        model = Attempt
        fields = [
            "number",
            "worker",
            "start",
            "resumed_by",
            "started_at",
            "first_step",
            "ended_at",
            "last_step",
            "ending",
            "cancelled_by",
            "reason",
        ]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    place = serializers.SerializerMethodField(help_text=_("In the queue; 1 is next."))
    why_waits = serializers.SerializerMethodField(
        help_text=_("For its project’s budget, or as no worker can take it; empty where one will.")
    )
    attempts = AttemptSerializer(many=True)
    estimate = RunEstimateSerializer(allow_null=True, help_text=_("When it was queued."))
    live_samples = serializers.ListField(
        child=serializers.DictField(child=serializers.JSONField()),
        help_text=_("The newest answers of a method that samples."),
    )
    preflight = serializers.JSONField(allow_null=True)
    plan = serializers.JSONField(allow_null=True)
    summary = serializers.JSONField(allow_null=True)

    class Meta:
        model = Run
        fields = [
            *RunSerializer.Meta.fields,
            "place",
            "why_waits",
            "attempts",
            "estimate",
            "live_samples",
            "preflight",
            "plan",
            "summary",
        ]
        read_only_fields = fields

    def get_why_waits(self, run: Run) -> str:
        return why_waits(run)

    def get_place(self, run: Run) -> int | None:
        return places_in_queue().get(run.pk) if run.state == RunState.QUEUED else None


class AdvisedRunSerializer(RunSerializer):
    """A run that was just queued."""

    advice = serializers.SerializerMethodField(help_text=ADVICE)

    class Meta:
        model = Run
        fields = [*RunSerializer.Meta.fields, "advice"]
        read_only_fields = fields

    def get_advice(self, run: Run) -> list[str]:
        return advice_of(run)


class TriedRunSerializer(PlannedRunSerializer):
    """What would be queued, and what it would take on each worker; nothing was."""

    advice = serializers.SerializerMethodField(help_text=ADVICE)
    estimates = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [*PlannedRunSerializer.Meta.fields, "advice", "estimates"]
        read_only_fields = fields

    def get_advice(self, run: Run) -> list[str]:
        return advice_of(run)

    @extend_schema_field(RunEstimateSerializer(many=True))
    def get_estimates(self, run: Run) -> list[dict[str, Any]]:
        return [estimate.as_json() for estimate in estimates_of(run)]


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
