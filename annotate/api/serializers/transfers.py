"""Files in and out, and how far they have got."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import Export, Import, RecordedUse, WrongRows

TRANSFER_FIELDS = ["state", "n_done", "n_total", "reason", "requested_at", "finished_at"]


class RowErrorSerializer(serializers.Serializer):
    row = serializers.IntegerField()
    field = serializers.CharField(required=False)
    value = serializers.CharField(required=False)
    message = serializers.CharField()


class ImportSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    errors = RowErrorSerializer(many=True)

    class Meta:
        model = Import
        fields = [
            "id",
            "project",
            "file_name",
            "format",
            "wrong_rows",
            "recorded_use",
            "overlap",
            *TRANSFER_FIELDS,
            "n_prompts",
            "n_comparisons",
            "n_judgements",
            "n_duplicates",
            "n_wrong",
            "errors",
        ]
        read_only_fields = fields


class ImportBody(StrictSerializer):
    file = serializers.FileField(allow_empty_file=True)  # the service says what an empty one lacks
    format = serializers.CharField(max_length=40, default="auto")
    wrong_rows = serializers.ChoiceField(choices=WrongRows, default=WrongRows.REFUSE)
    recorded_use = serializers.ChoiceField(choices=RecordedUse, default=RecordedUse.HOLD)
    overlap = serializers.IntegerField(
        min_value=1, max_value=50, allow_null=True, default=None, help_text=_("Else the project's.")
    )


class ExportSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")

    class Meta:
        model = Export
        fields = ["id", "project", "format", *TRANSFER_FIELDS, "digest", "size_bytes"]
        read_only_fields = fields


class ExportBody(StrictSerializer):
    format = serializers.CharField(max_length=40)
