"""Files in and out, and how far they have got."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.exports.export_options import DROP, KEEP
from annotate.models import AlikePairs, AnnotatorKind, Export, Import, RecordedUse, WrongRows

TRANSFER_FIELDS = ["state", "n_done", "n_total", "reason", "requested_at", "finished_at"]


class RowErrorSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    field = serializers.CharField(required=False)
    value = serializers.CharField(required=False)
    message = serializers.CharField()


class ImportSerializer(serializers.ModelSerializer[Import]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    # A field, which the metaclass takes out of the class.
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]

    class Meta:
        model = Import
        fields = [
            "id",
            "project",
            "file_name",
            "format",
            "wrong_rows",
            "recorded_use",
            "alike_pairs",
            "overlap",
            *TRANSFER_FIELDS,
            "n_prompts",
            "n_comparisons",
            "n_judgements",
            "n_duplicates",
            "n_contradictions",
            "n_second_votes",
            "n_alike",
            "n_wrong",
            "errors",
        ]
        read_only_fields = fields


class ImportBody(StrictSerializer):
    file = serializers.FileField(allow_empty_file=True)  # the service says what an empty one lacks
    format = serializers.CharField(max_length=40, default="auto")
    wrong_rows = serializers.ChoiceField(choices=list(WrongRows), default=WrongRows.REFUSE)
    recorded_use = serializers.ChoiceField(choices=list(RecordedUse), default=RecordedUse.HOLD)
    alike_pairs = serializers.ChoiceField(choices=list(AlikePairs), default=AlikePairs.KEEP)
    overlap = serializers.IntegerField(
        min_value=1, max_value=50, allow_null=True, default=None, help_text=_("Else the project's.")
    )


class ExportSerializer(serializers.ModelSerializer[Export]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    left_out = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = Export
        fields = [
            *("id", "project", "format", "options", *TRANSFER_FIELDS),
            *("left_out", "digest", "size_bytes"),
        ]
        read_only_fields = fields


class ExportBody(StrictSerializer):
    format = serializers.CharField(max_length=40)
    since = serializers.DateField(allow_null=True, default=None)
    until = serializers.DateField(allow_null=True, default=None)
    tags = serializers.ListField(child=serializers.CharField(), default=list)
    cohorts = serializers.ListField(child=serializers.CharField(), default=list)
    origins = serializers.ListField(child=serializers.CharField(), default=list)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(AnnotatorKind.choices), default=list
    )
    min_agreement = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    eval_share = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        default=None,
        help_text=_("Adds the column “split” by the installation's rule."),
    )
    repeats = serializers.ChoiceField([KEEP, DROP], default=KEEP)
