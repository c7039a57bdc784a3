"""Many comparisons changed at once, and views that are kept."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.serializers.transfers import TRANSFER_FIELDS
from annotate.api.strict import StrictSerializer
from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.chosen_comparisons import MOST_TICKED
from annotate.listing.saved_views import LONGEST_NAME
from annotate.models import BulkChange, SavedView


class BulkChangeSerializer(serializers.ModelSerializer[BulkChange]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    undoes = serializers.UUIDField(source="undoes.public_id", allow_null=True, default=None)

    class Meta:
        model = BulkChange
        fields = [
            *("id", "project", "action", "value", "selection", "undoes", "n_changed"),
            *("cancel_requested_at", *TRANSFER_FIELDS),
        ]
        read_only_fields = fields


class BulkChangeBody(StrictSerializer):
    """`ids` names comparisons; `query` is a view as an address holds it, "" being all of them."""

    action = serializers.ChoiceField(choices=[(one.name, one.label) for one in ACTIONS.values()])
    value = serializers.CharField(
        max_length=200,
        allow_blank=True,
        default="",
        help_text=_("The priority, the number of judgements or the tag."),
    )
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MOST_TICKED, min_length=1
    )
    query = serializers.CharField(max_length=4000, allow_blank=True, required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in given) == ("query" in given):
            raise serializers.ValidationError({"ids": [_("Give either “ids” or “query”.")]})
        return given


class ChangesPreviewSerializer(serializers.Serializer[Any]):
    """Numbers are null where they take too long to count."""

    n_selected = serializers.IntegerField(allow_null=True)
    n_changing = serializers.IntegerField(allow_null=True)
    told = serializers.ListField(child=serializers.CharField())


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "saved_at"]
        read_only_fields = fields


class SavedViewBody(StrictSerializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    query = serializers.CharField(max_length=4000, allow_blank=True, default="")
