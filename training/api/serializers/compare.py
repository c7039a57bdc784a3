"""Runs and checkpoints beside one another, and sweeps."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField

from annotate.api.strict import Query, StrictSerializer
from training.api.serializers.runs import SettingsField
from training.contrast.compared import MOST_COMPARED
from training.contrast.measured_points import ACROSS
from training.contrast.sentences import two_in_words
from training.contrast.told_apart import Two
from training.models import Run, Sweep
from training.words.methods import METHOD_CHOICES


class CompareQuery(Query):
    run = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MOST_COMPARED,
        help_text=_("Training runs; each stands for the checkpoint that it ended in."),
    )
    checkpoint = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MOST_COMPARED
    )


class CurvesQuery(CompareQuery):
    across = serializers.ChoiceField(choices=list(ACROSS), required=False)
    smoothing = serializers.FloatField(min_value=0, max_value=0.99, required=False)
    figure = serializers.ListField(
        child=serializers.CharField(max_length=120),
        required=False,
        help_text=_("Such as eval/loss; without any, six that say most."),
    )


class ComparedSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField()
    name = serializers.CharField()
    run = serializers.UUIDField(source="run.public_id", allow_null=True, default=None)
    checkpoint = serializers.UUIDField(source="checkpoint.public_id", allow_null=True, default=None)
    evaluation = serializers.UUIDField(source="evaluation.public_id", allow_null=True, default=None)


class SharedSerializer(serializers.Serializer[Any]):
    """Shares on the pairs of both, and their difference: the first less the second."""

    n = serializers.IntegerField()
    n_clusters = serializers.IntegerField(help_text=_("Prompts."))
    first = serializers.FloatField()
    second = serializers.FloatField()
    difference = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    level = serializers.FloatField(
        help_text=_("Of this interval alone; all of them together hold at 0.95.")
    )


class TwoSerializer(serializers.Serializer[Any]):
    first = serializers.CharField(source="first.letter")
    second = serializers.CharField(source="second.letter")
    is_scored_alike = serializers.BooleanField()
    shared = SharedSerializer(allow_null=True)
    is_apart = serializers.BooleanField(help_text=_("Whether the two can be told apart."))
    sentence = serializers.SerializerMethodField()

    def get_sentence(self, two: Two) -> str:
        return two_in_words(two)


class DifferenceSerializer(serializers.Serializer[Any]):
    setting = serializers.CharField(source="name")
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))


class CostSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField(source="row.letter")
    seconds = serializers.FloatField(allow_null=True)
    seconds_training = serializers.FloatField(allow_null=True)
    machine = serializers.CharField()
    worker = serializers.CharField()
    n_tokens = serializers.IntegerField(allow_null=True)
    tokens_per_second = serializers.FloatField(allow_null=True)
    peak_mib = serializers.FloatField(allow_null=True)
    n_attempts = serializers.IntegerField()


class CompareSerializer(serializers.Serializer[Any]):
    compared = ComparedSerializer(many=True)
    held_out = TwoSerializer(many=True)
    settings = DifferenceSerializer(many=True)
    costs = CostSerializer(many=True)


class CurveLineSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField(source="row.letter")
    x = serializers.ListField(child=serializers.FloatField())
    y = serializers.ListField(child=serializers.FloatField())


class OverlaidSerializer(serializers.Serializer[Any]):
    figure = serializers.CharField(source="name", help_text=_("Such as eval/loss."))
    title = serializers.CharField()
    lines = CurveLineSerializer(many=True)


class SweepSerializer(serializers.ModelSerializer[Sweep]):
    id = serializers.UUIDField(source="public_id")
    varied = serializers.DictField(child=serializers.ListField(child=serializers.JSONField()))
    runs: SlugRelatedField[Run] = SlugRelatedField(
        slug_field="public_id", many=True, read_only=True
    )

    class Meta:
        model = Sweep
        fields = ["id", "name", "method", "varied", "runs", "queued_at"]
        read_only_fields = fields


class BesideFirstSerializer(serializers.Serializer[Any]):
    """Paired, on what both were measured on; the difference is the first's less this one's."""

    said = serializers.ChoiceField(choices=["worse", "better", "unclear", "unknown"])
    shared = SharedSerializer(allow_null=True)


class SweptRunSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField(source="run.public_id")
    state = serializers.CharField(source="run.state")
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    figure = serializers.JSONField(allow_null=True, help_text=_("Value, interval and count."))
    beside = BesideFirstSerializer(
        allow_null=True,
        help_text=_("Beside the first; null for that, and where nothing is paired."),
    )


class SweptSerializer(serializers.Serializer[Any]):
    """A sweep with its runs in a table, the best first."""

    sweep = SweepSerializer()
    settings = serializers.ListField(child=serializers.CharField())
    by = serializers.CharField()
    table = SweptRunSerializer(source="runs", many=True)


class SweepQuery(Query):
    by = serializers.CharField(
        max_length=60, required=False, help_text=_("The figure that they are sorted by.")
    )


class SweepBody(StrictSerializer):
    name = serializers.CharField(max_length=80)
    method = serializers.ChoiceField(choices=METHOD_CHOICES)
    snapshot = serializers.UUIDField()
    base = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("A checkpoint to start from.")
    )
    after = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Or a run to start after.")
    )
    varied = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text=_("One setting or two, each with the values to try."),
    )
    settings = SettingsField(required=False, default=dict)


class CancelledSerializer(serializers.Serializer[Any]):
    n_cancelled = serializers.IntegerField()
