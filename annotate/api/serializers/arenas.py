"""Arenas: what is asked for, where contestants stand, and how each meeting was drawn."""

from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.arena.creating import MOST_JUDGEMENTS, MOST_PROMPTS, MOST_WANTED
from annotate.models import Arena, Contestant, Meeting


class ContestantSerializer(serializers.ModelSerializer[Contestant]):
    class Meta:
        model = Contestant
        fields = ["number", "name", "origin", "sample", "answered_at", "has_seen_prompts"]
        read_only_fields = fields


class ArenaSerializer(serializers.ModelSerializer[Arena]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    contestants = ContestantSerializer(many=True)

    class Meta:
        model = Arena
        fields = [
            *("id", "project", "name", "state", "contestants", "target", "wanted", "eval_share"),
            *("stops_when_decided", "n_drawn", "created_at", "closed_at", "standings_at"),
        ]
        read_only_fields = fields


class ArenaDetailSerializer(ArenaSerializer):
    standings = serializers.JSONField(
        allow_null=True, help_text="As of standings_at; docs/statistics/arena.md lists its keys."
    )

    class Meta:
        model = Arena
        fields = [*ArenaSerializer.Meta.fields, "standings"]
        read_only_fields = fields


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    comparison = serializers.UUIDField(source="comparison.public_id")
    first = serializers.IntegerField(source="first.number", help_text="Number of a contestant.")
    second = serializers.IntegerField(source="second.number")

    class Meta:
        model = Meeting
        fields = ["number", "comparison", "first", "second", "probability", "drawn_at"]
        read_only_fields = fields


class ContenderBody(StrictSerializer):
    origin = serializers.CharField(max_length=200, help_text="As completions have it.")
    name = serializers.CharField(max_length=120, allow_blank=True, default="")


class WantedBody(StrictSerializer):
    """How much an arena asks for; whoever it is among."""

    name = serializers.CharField(max_length=120)
    n_prompts = serializers.IntegerField(min_value=1, max_value=MOST_PROMPTS, default=100)
    target = serializers.IntegerField(min_value=1, max_value=MOST_JUDGEMENTS, default=300)
    wanted = serializers.IntegerField(min_value=1, max_value=MOST_WANTED, default=1)
    eval_share = serializers.FloatField(min_value=0.001, max_value=0.999999, default=0.1)
    stops_when_decided = serializers.BooleanField(default=True)


class ArenaBody(WantedBody):
    contestants = ContenderBody(many=True)
