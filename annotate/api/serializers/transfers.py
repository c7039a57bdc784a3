"""Files in and out, and how far they have got."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.exports.export_options import DROP, EDITS, KEEP, USUAL
from annotate.imports.preview import Preview
from annotate.imports.words import DELIMITERS, ENCODINGS, QUOTES
from annotate.models import (
    AlikePairs,
    AnnotatorKind,
    Export,
    HubFetch,
    Import,
    RecordedUse,
    WrongRows,
)

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
            "n_unanswered",
            "n_wrong",
            "errors",
        ]
        read_only_fields = fields


class ColumnsField(serializers.JSONField):
    """Texts by texts; which of them are known, the service says."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            value = super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")
        if not isinstance(value, dict) or not all(isinstance(to, str) for to in value.values()):
            raise serializers.ValidationError(_("This should be an object of texts."))
        return value


class WordingBody(StrictSerializer):
    """How a file is to be read, as far as somebody says it."""

    encoding = serializers.ChoiceField(choices=ENCODINGS, required=False)
    delimiter = serializers.ChoiceField(choices=list(DELIMITERS), required=False)
    quotes = serializers.ChoiceField(choices=QUOTES, required=False)
    columns = ColumnsField(
        required=False,
        help_text=_("What the columns are, as JSON: {“prompt”: “question”, “chosen”: …}."),
    )


class ReadingBody(WordingBody):
    file = serializers.FileField(allow_empty_file=True)  # the service says what an empty one lacks


class PreviewBody(ReadingBody):
    format = serializers.CharField(max_length=40, default="auto")
    recorded_use = serializers.ChoiceField(choices=RecordedUse.choices, default=RecordedUse.HOLD)


class PreviewSerializer(serializers.Serializer[Any]):
    """What a file is and what would come of its first rows; nothing is stored."""

    found = serializers.SerializerMethodField()
    format = serializers.CharField()
    refusal = serializers.CharField()
    n_rows = serializers.IntegerField()
    is_whole = serializers.BooleanField()
    columns = serializers.ListField(child=serializers.CharField())
    guess = serializers.DictField(child=serializers.CharField())
    n_new = serializers.IntegerField(source="added.n_comparisons")
    n_duplicates = serializers.IntegerField(source="added.n_duplicates")
    n_contradictions = serializers.IntegerField(source="added.n_contradictions")
    n_second_votes = serializers.IntegerField(source="added.n_second_votes")
    n_unanswered = serializers.IntegerField(source="added.n_unanswered")
    n_alike = serializers.IntegerField()
    n_wrong = serializers.IntegerField()
    n_waiting = serializers.IntegerField()
    unread = serializers.ListField(child=serializers.CharField())
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]
    pairs = serializers.SerializerMethodField()

    def get_found(self, seen: Preview) -> dict[str, str] | None:
        """Its kind, how it is packed, and how its text is written."""
        return None if seen.found is None else asdict(seen.found)

    def get_pairs(self, seen: Preview) -> list[dict[str, Any]]:
        return [
            {
                "prompt": pair.messages,
                "first": pair.first_text,
                "second": pair.second_text,
                "recorded_verdict": pair.recorded_verdict,
            }
            for pair in seen.pairs
        ]


class HowBody(WordingBody):
    """How a file is to be read, and what becomes of its rows."""

    format = serializers.CharField(max_length=40, default="auto")
    wrong_rows = serializers.ChoiceField(choices=WrongRows.choices, default=WrongRows.REFUSE)
    recorded_use = serializers.ChoiceField(choices=RecordedUse.choices, default=RecordedUse.HOLD)
    alike_pairs = serializers.ChoiceField(choices=AlikePairs.choices, default=AlikePairs.KEEP)


class ImportBody(HowBody, ReadingBody):
    overlap = serializers.IntegerField(
        min_value=1, max_value=50, allow_null=True, default=None, help_text=_("Else the project's.")
    )


class HubFetchBody(HowBody):
    """A file of a hub's data set, imported as soon as it is here."""

    dataset = serializers.CharField(max_length=200)
    revision = serializers.CharField(max_length=100, default="main")
    path = serializers.CharField(max_length=500)


class HubFetchSerializer(serializers.ModelSerializer[HubFetch]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    came_in_as = serializers.UUIDField(
        source="came_in_as.public_id", allow_null=True, default=None, help_text=_("The import.")
    )

    class Meta:
        model = HubFetch
        fields = ["id", "project", "dataset", "revision", "path", *TRANSFER_FIELDS, "came_in_as"]
        read_only_fields = fields


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
    edits = serializers.ChoiceField(
        [name for name, _label in EDITS],
        default=USUAL.edits,
        help_text=_("Pairs of what people made of the better answer, in files of preferences."),
    )
    repeats = serializers.ChoiceField([KEEP, DROP], default=KEEP)
    include_arenas = serializers.BooleanField(
        default=False,
        help_text=_("Pairs that arenas asked, on the held-out side; with `eval_share` alone."),
    )
