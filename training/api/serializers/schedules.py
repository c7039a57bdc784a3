"""Schedules, their checks, and what they would do."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.api.strict import FlagFilter, Query, StrictSerializer
from training.automation.schedule_words import check_in_words, schedule_in_words
from training.models import Schedule, ScheduleCheck, ScheduleOutcome, ScheduleTrigger


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    id = serializers.UUIDField(source="public_id")
    recipe = serializers.UUIDField(source="recipe.public_id")
    project = serializers.SlugField(source="recipe.project.slug")
    conditions = serializers.DictField(child=serializers.JSONField())
    sentence = serializers.SerializerMethodField()
    last_outcome = serializers.ChoiceField(choices=ScheduleOutcome.choices, allow_blank=True)

    class Meta:
        model = Schedule
        fields = [
            "id",
            "name",
            "recipe",
            "project",
            "trigger",
            "every_n",
            "rule",
            "time_zone",
            "conditions",
            "patience_hours",
            "cooldown_hours",
            "quiet_from",
            "quiet_until",
            "is_paused",
            "sentence",
            "last_outcome",
            "due_at",
            "next_due_at",
            "checked_at",
            "hook_prefix",
            "created_at",
        ]
        read_only_fields = fields

    def get_sentence(self, schedule: Schedule) -> str:
        return schedule_in_words(schedule)


class ScheduleSettingsBody(StrictSerializer):
    """What somebody chooses; what is left out takes its default, or stays in a change."""

    name = serializers.CharField(max_length=80)
    trigger = serializers.ChoiceField(choices=ScheduleTrigger.choices)
    every_n = serializers.IntegerField(
        min_value=1, max_value=10**6, required=False, allow_null=True
    )
    rule = serializers.CharField(max_length=100, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False)
    conditions = serializers.DictField(child=serializers.JSONField(), required=False)
    patience_hours = serializers.IntegerField(min_value=0, max_value=2160, required=False)
    cooldown_hours = serializers.IntegerField(min_value=0, max_value=2160, required=False)
    quiet_from = serializers.TimeField(required=False, allow_null=True)
    quiet_until = serializers.TimeField(required=False, allow_null=True)


class NewScheduleBody(ScheduleSettingsBody):
    recipe = serializers.UUIDField()


class ScheduleQuery(Query):
    project = serializers.SlugField(required=False)
    is_paused = FlagFilter(required=False, default=None)


class ClauseSerializer(serializers.Serializer[Any]):
    """A clause with what was found; `holds` is null where that is not known."""

    path = serializers.CharField()
    fact = serializers.CharField()
    of = serializers.CharField(required=False, help_text=_("Of a fact of a model: its name."))
    checkpoint = serializers.CharField(
        required=False,
        allow_null=True,
        help_text=_("The id of the one that bore the name; empty for none, null where not known."),
    )
    called = serializers.CharField(required=False, allow_null=True)
    beside = serializers.CharField(
        required=False, allow_null=True, help_text=_("The id of the one that it was set beside.")
    )
    at_least = serializers.FloatField(required=False)
    at_most = serializers.FloatField(required=False)
    above = serializers.FloatField(required=False)
    below = serializers.FloatField(required=False)
    value = serializers.JSONField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    holds = serializers.BooleanField(allow_null=True)
    is_hidden = serializers.BooleanField(
        required=False, help_text=_("True where it is of a model that you may not see.")
    )
    for_hours = serializers.FloatField(required=False)
    since = serializers.DateTimeField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`is` is a word of Python, so it cannot be written as the others are."""
        return {**super().get_fields(), "is": serializers.BooleanField(required=False)}


class ScheduleCheckSerializer(serializers.ModelSerializer[ScheduleCheck]):
    id = serializers.UUIDField(source="public_id")
    schedule = serializers.UUIDField(source="schedule.public_id")
    round = serializers.UUIDField(source="round.public_id", allow_null=True, default=None)
    clauses = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = ScheduleCheck
        fields = [
            "id",
            "schedule",
            "checked_at",
            "outcome",
            "holds",
            "clauses",
            "reason",
            "due_at",
            "round",
            "sentence",
        ]
        read_only_fields = fields

    @extend_schema_field(ClauseSerializer(many=True))
    def get_clauses(self, check: ScheduleCheck) -> Any:
        return check.clauses

    def get_sentence(self, check: ScheduleCheck) -> str:
        return check_in_words(check)


class DryRunSerializer(serializers.Serializer[Any]):
    would_start = serializers.BooleanField()
    outcome = serializers.ChoiceField(choices=ScheduleOutcome.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    coming = serializers.ListField(child=serializers.DateTimeField())
    clauses = ClauseSerializer(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


class BackTestSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    known_since = serializers.DateTimeField(allow_null=True)
    starts = serializers.ListField(child=serializers.DateTimeField())
    n_due = serializers.IntegerField()
    n_unclear = serializers.IntegerField()
    hours_held = serializers.IntegerField()
    hours_known = serializers.IntegerField()
    taken_for_granted = serializers.ListField(child=serializers.CharField())
    sentences = serializers.ListField(child=serializers.CharField())


class PressBody(StrictSerializer):
    anyway = serializers.BooleanField(required=False, default=False)


class HookTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Shown once; only its digest is kept.")


class HookAnswerSerializer(serializers.Serializer[Any]):
    """What a call led to, and nothing else of the schedule."""

    started = serializers.BooleanField()
    round = serializers.UUIDField(allow_null=True)
    outcome = serializers.ChoiceField(choices=ScheduleOutcome.choices)
