"""Recipes and rounds: what may be asked for, and what is known of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import Query, StrictSerializer
from training.automation.recipes import newest_version
from training.automation.shipped import SHIPPED
from training.models import (
    Recipe,
    RecipeVersion,
    Round,
    RoundState,
    RoundStep,
    Schedule,
    StepState,
)

STEPS = _(
    "Objects with `do` (freeze, train, evaluate, compare, arena, sample or propose) and what that "
    "takes. Sources are `step:2`, `alias:champion`, `checkpoint:ID` or `snapshot:ID`."
)


OF_SHIPPED = {"shipped", "start", "time_zone", "schedule_paused"}


class StepsField(serializers.ListField):
    """What a step may say, its kind alone knows."""

    child = serializers.DictField(child=serializers.JSONField())


class RecipeSerializer(serializers.ModelSerializer[Recipe]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.SlugField(source="project.slug")
    version = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    schedules: "serializers.SlugRelatedField[Schedule]" = serializers.SlugRelatedField(
        many=True, read_only=True, slug_field="public_id", help_text=_("By id.")
    )

    class Meta:
        model = Recipe
        fields = [
            "id",
            "project",
            "name",
            "is_paused",
            "version",
            "steps",
            "schedules",
            "created_at",
        ]
        read_only_fields = fields

    def get_version(self, recipe: Recipe) -> int:
        return newest_version(recipe).number

    def get_steps(self, recipe: Recipe) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = newest_version(recipe).steps
        return steps


class RecipeVersionSerializer(serializers.ModelSerializer[RecipeVersion]):
    steps = StepsField()

    class Meta:
        model = RecipeVersion
        fields = ["number", "steps", "created_at"]
        read_only_fields = fields


class RecipeBody(StrictSerializer):
    """Either `steps` with a name, or one of the recipes that ship."""

    project = serializers.SlugField()
    name = serializers.CharField(max_length=80, required=False)
    steps = StepsField(required=False, help_text=STEPS)
    shipped = serializers.ChoiceField(choices=list(SHIPPED), required=False)
    start = serializers.UUIDField(
        required=False, help_text=_("Of one that ships: the checkpoint to start from.")
    )
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text=_("Of the schedule that some of these bring.")
    )
    schedule_paused = serializers.BooleanField(
        required=False, help_text=_("Whether that schedule begins paused; it does not by itself.")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        own, shipped = {"name", "steps"} & attrs.keys(), OF_SHIPPED & attrs.keys()
        if own and shipped:
            raise serializers.ValidationError(
                {sorted(shipped)[0]: _("Give either steps, or one that ships.")}
            )
        missing = {"name", "steps"} - attrs.keys() if not shipped else {"shipped"} - attrs.keys()
        if missing:
            raise serializers.ValidationError({sorted(missing)[0]: _("This is required here.")})
        return attrs


class RecipeChange(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    steps = StepsField(required=False, help_text=STEPS)
    version = serializers.IntegerField(
        min_value=1,
        required=False,
        help_text=_("The version that was changed; refused where there is another by now."),
    )
    is_paused = serializers.BooleanField(required=False)


class RecipeQuery(Query):
    project = serializers.SlugField(required=False)


class RoundStepSerializer(serializers.ModelSerializer[RoundStep]):
    do = serializers.CharField(source="kind")
    state = serializers.ChoiceField(choices=list(StepState))
    snapshot = serializers.UUIDField(source="snapshot.public_id", allow_null=True)
    run = serializers.UUIDField(source="run.public_id", allow_null=True)
    arena = serializers.UUIDField(source="arena.public_id", allow_null=True)
    result = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = RoundStep
        fields = [
            "number",
            "do",
            "state",
            "snapshot",
            "run",
            "arena",
            "result",
            "reason",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class RoundSerializer(serializers.ModelSerializer[Round]):
    id = serializers.UUIDField(source="public_id")
    recipe = serializers.UUIDField(source="recipe.public_id")
    project = serializers.SlugField(source="recipe.project.slug")
    version = serializers.IntegerField(source="version.number")
    names = serializers.DictField(
        child=serializers.UUIDField(allow_null=True),
        help_text=_("Which checkpoint bore each name when the round began."),
    )
    steps = RoundStepSerializer(many=True)

    class Meta:
        model = Round
        fields = [
            "id",
            "recipe",
            "project",
            "number",
            "version",
            "trigger",
            "due_at",
            "state",
            "reason",
            "names",
            "started_at",
            "finished_at",
            "steps",
        ]
        read_only_fields = fields


class RoundQuery(Query):
    project = serializers.SlugField(required=False)
    recipe = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=list(RoundState), required=False)
