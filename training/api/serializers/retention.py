"""How long trained weights are kept, and what that would delete."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import FlagFilter, Query, StrictSerializer
from training.checkpoints.kept import MOST_DAYS, MOST_GIB, MOST_KEPT
from training.models import Checkpoint, Retention

MOST_DELETED = 1000  # in one call


class RetentionSerializer(serializers.ModelSerializer[Retention]):
    class Meta:
        model = Retention
        fields = [
            "keep_newest",
            "keep_best",
            "resumable_days",
            "keep_sweeps",
            "most_gib",
            "is_automatic",
        ]
        read_only_fields = fields


class RetentionBody(StrictSerializer):
    """The rules that are to hold; those that are not named stay as they are."""

    keep_newest = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)
    keep_best = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)
    resumable_days = serializers.IntegerField(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        allow_null=True,
        help_text=_("Null is for ever."),
    )
    keep_sweeps = serializers.BooleanField(required=False)
    most_gib = serializers.IntegerField(
        min_value=1,
        max_value=MOST_GIB,
        required=False,
        allow_null=True,
        help_text=_("Null is no limit."),
    )
    is_automatic = serializers.BooleanField(required=False)


class RetentionQuery(Query):
    """Rules to be tried; those that are not named are the ones that hold."""

    keep_newest = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)
    keep_best = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)
    resumable_days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS, required=False)
    keep_sweeps = FlagFilter(required=False)
    most_gib = serializers.IntegerField(min_value=1, max_value=MOST_GIB, required=False)


class StoredSerializer(serializers.ModelSerializer[Checkpoint]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Checkpoint
        fields = ["id", "kind", "name", "is_final", "size_bytes", "created_at"]
        read_only_fields = fields


class KeptSerializer(serializers.Serializer[Any]):
    checkpoint = StoredSerializer()
    why = serializers.CharField(source="why_kept")


class RetentionPreviewSerializer(serializers.Serializer[Any]):
    """What the rules would delete, in the order in which it goes; and what stays, and why.

    What is not final is there for its run to go on from.
    """

    deleted = StoredSerializer(source="going", many=True)
    kept = KeptSerializer(many=True)
    bytes_freed = serializers.IntegerField()
    bytes_in_all = serializers.IntegerField()


class RetentionDeleteBody(StrictSerializer):
    """What was seen in a preview: nothing else is deleted."""

    checkpoints = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_DELETED
    )


class RetentionDeletedSerializer(serializers.Serializer[Any]):
    n_deleted = serializers.IntegerField(
        help_text=_("Fewer than were named, where something holds one by now.")
    )
