"""What leads look at: the overview of a project, and the rows behind pictures."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.serializers.projects import ProgressSerializer


class FigureRowsSerializer(serializers.Serializer[Any]):
    """The rows behind a picture; their names are those of its CSV."""

    figure = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    rows = serializers.ListField(child=serializers.DictField())


class NeedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    n = serializers.IntegerField()
    words = serializers.CharField()
    url = serializers.CharField(help_text=_("Where it is done, on the pages."))
    is_urgent = serializers.BooleanField()


class AtWorkSerializer(serializers.Serializer[Any]):
    member = serializers.UUIDField(source="membership.public_id")
    annotator = serializers.CharField(source="membership.annotator.pseudonym")
    n_today = serializers.IntegerField()
    last_judged_at = serializers.DateTimeField(allow_null=True)
    is_holding = serializers.BooleanField(
        help_text=_("Whether they have a comparison on their screen.")
    )


class WorkingSerializer(serializers.Serializer[Any]):
    workers = AtWorkSerializer(many=True, help_text=_("At most 12."))
    n_working = serializers.IntegerField()
    n_idle = serializers.IntegerField(
        help_text=_("Annotators who may judge and have not for a week.")
    )
    n_today = serializers.IntegerField()
    n_last_hour = serializers.IntegerField()


class ModelCostsSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(help_text=_("In billionths of the currency."))
    currency = serializers.CharField()


class AheadSerializer(serializers.Serializer[Any]):
    """When all that is wanted will be judged; the interval covers it in 80 of 100 cases."""

    soonest = serializers.DateField()
    expected = serializers.DateField()
    latest = serializers.DateField(
        allow_null=True, help_text=_("Null where days differ so much that no end is sure.")
    )


class WholeProgressSerializer(ProgressSerializer):
    n_open = serializers.IntegerField(help_text=_("Comparisons that can still be handed out."))
    n_wanted = serializers.IntegerField(help_text=_("Judgements that would finish everything."))
    n_counted = serializers.IntegerField(help_text=_("Of those, judged so far."))


class OverviewSerializer(serializers.Serializer[Any]):
    progress = WholeProgressSerializer()
    needs = NeedSerializer(many=True)
    working = WorkingSerializer()
    costs = ModelCostsSerializer(many=True)
    a_day = serializers.FloatField(
        allow_null=True, help_text=_("Judged a day, on average over the last whole days.")
    )
    n_days = serializers.IntegerField(help_text=_("Whole days that the pace is from."))
    forecast = AheadSerializer(source="ahead", allow_null=True)
    counted_at = serializers.DateTimeField(
        allow_null=True,
        help_text=_("When earlier days were last counted; null where all were counted now."),
    )
    burn_up = FigureRowsSerializer(source="burn_up.to_dict")
