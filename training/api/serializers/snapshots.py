"""Snapshots, their pairs, and what they are selected by."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField

from annotate.api.strict import Query, StrictSerializer
from annotate.models import AnnotatorKind, EditOver
from annotate.preferences.edits import Edits
from training.models import Snapshot, SnapshotPair, Split


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    id = serializers.UUIDField(source="public_id")
    projects: SlugRelatedField[Any] = SlugRelatedField(slug_field="slug", many=True, read_only=True)
    selection = serializers.DictField(child=serializers.JSONField())
    edits_left_out = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = Snapshot
        fields = [
            "id",
            "name",
            "projects",
            "selection",
            "cutoff_at",
            "eval_share",
            "schema_version",
            "digest",
            "records_sha256",
            "n_pairs",
            "n_train",
            "n_eval",
            "n_ties",
            "n_both_bad",
            "n_edits",
            "edits_left_out",
            "n_of_arenas_left_out",
            "n_judgements",
            "n_simulated",
            "frozen_at",
        ]
        read_only_fields = fields


class SelectionBody(StrictSerializer):
    """What to take; what is left out takes its default."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(AnnotatorKind)),
        required=False,
        help_text=_("Kinds of annotator; simulated and model votes only if they are named."),
    )
    cohorts = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    min_agreement = serializers.FloatField(min_value=0, max_value=1, required=False)
    since = serializers.DateTimeField(required=False, allow_null=True)
    until = serializers.DateTimeField(required=False, allow_null=True)
    include_ties = serializers.BooleanField(required=False)
    include_both_bad = serializers.BooleanField(required=False)
    eval_share = serializers.FloatField(min_value=0, max_value=1, required=False)
    edits = serializers.ChoiceField(
        choices=Edits.values,
        required=False,
        help_text=_("Pairs of what people made of the better answer; none if it is not said."),
    )
    include_arenas = serializers.BooleanField(
        required=False,
        help_text=_("What arenas asked, on the held-out side alone; else it is left out."),
    )


class SnapshotBody(StrictSerializer):
    name = serializers.CharField(max_length=120)
    projects = serializers.ListField(child=serializers.SlugField(), min_length=1)
    selection = SelectionBody(required=False)


class SnapshotPairSerializer(serializers.ModelSerializer[SnapshotPair]):
    """One row, and the way back from it: preference, comparison, judgements.

    `edit` is the judgement whose edited text is the chosen answer of the row, if it is of one.
    """

    preference = serializers.UUIDField(source="preference.public_id")
    comparison = serializers.UUIDField(source="preference.comparison.public_id")
    project = serializers.SlugField(source="preference.comparison.project.slug")
    outcome = serializers.CharField(source="preference.outcome")
    edit = serializers.UUIDField(source="edit.public_id", allow_null=True)
    edit_over = serializers.ChoiceField(choices=EditOver.choices, allow_blank=True)
    judgements: SlugRelatedField[Any] = SlugRelatedField(
        source="preference.judgements", slug_field="public_id", many=True, read_only=True
    )

    class Meta:
        model = SnapshotPair
        fields = [
            "position",
            "split",
            "state",
            "digest",
            "preference",
            "comparison",
            "project",
            "outcome",
            "edit",
            "edit_over",
            "judgements",
        ]
        read_only_fields = fields


class SnapshotPairQuery(Query):
    split = serializers.ChoiceField(choices=list(Split), required=False)


class SnapshotAdviceSerializer(serializers.Serializer[Any]):
    """A method and those of its settings that differ from the defaults."""

    method = serializers.CharField()
    settings = serializers.DictField(child=serializers.JSONField())
    reasons = serializers.ListField(child=serializers.CharField())
    n_pairs = serializers.IntegerField()
    votes_per_pair = serializers.FloatField()
    tie_share = serializers.FloatField()


class SnapshotLineageSerializer(serializers.Serializer[Any]):
    """The way forward from a snapshot."""

    runs = serializers.ListField(child=serializers.UUIDField())
    checkpoints = serializers.ListField(child=serializers.UUIDField())
    evaluations = serializers.ListField(child=serializers.UUIDField())
