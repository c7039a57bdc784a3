"""Figures of agreement, and which of them are asked for."""

from math import inf
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.agreement.included import NARROWEST, PLAN, RATINGS, SECTIONS, TIES
from annotate.agreement.merged_reports import MOST_PROJECTS, is_current, projects_of
from annotate.api.strict import NamesField, Query, StrictSerializer
from annotate.models import MergedReport


class AgreementSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["ready", "computing"])
    n_judgements = serializers.IntegerField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    report = serializers.JSONField(
        allow_null=True,
        help_text=_(
            "“all” and “without_simulated”: each figure with its value, interval and counts, "
            "or why it is undefined."
        ),
    )
    sections = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text=_("The sections that “include” names, for “all” and “without_simulated”."),
    )


class AgreementQuery(Query):
    include = NamesField(
        choices=SECTIONS,
        required=False,
        help_text=_(
            "Further sections, their names with commas between: ratings (of models, for leads), "
            "pairwise, weighted, asked (beside the verdict), rankings, repeats, over_time, groups, "
            "model_pairs (for leads), curves, plan."
        ),
    )
    width = serializers.FloatField(
        required=False, help_text=_("Of the intervals to plan for, above 0; 0.1 if not given.")
    )
    ties = serializers.ChoiceField(
        choices=list(TIES),
        required=False,
        help_text=_("The model of ties by which models are rated; rao_kupper if not given."),
    )

    def validate_width(self, width: float) -> float:
        if not NARROWEST < width < inf:
            raise serializers.ValidationError(_("A width is above 0.000001."), code="min_value")
        return width

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = attrs.get("include", ())
        if "width" in attrs and PLAN not in names:
            message = _("A width is for the plan: add include=plan.")
            raise serializers.ValidationError({"width": [message]})
        if "ties" in attrs and RATINGS not in names:
            message = _("A model of ties is for the ratings: add include=ratings.")
            raise serializers.ValidationError({"ties": [message]})
        return attrs


class MergedBody(StrictSerializer):
    projects = serializers.ListField(
        child=serializers.SlugField(),
        min_length=2,
        max_length=MOST_PROJECTS,
        help_text=_("Addresses (slugs) of the projects to measure as one."),
    )


class MergedSerializer(serializers.ModelSerializer[MergedReport]):
    id = serializers.UUIDField(source="public_id")
    projects = serializers.SerializerMethodField()
    is_current = serializers.SerializerMethodField(
        help_text=_(
            "False where judgements have changed since: ask for the same projects again to have "
            "them computed."
        )
    )
    n_done = serializers.IntegerField(help_text=_("Projects that have been read."))
    reason = serializers.CharField(help_text=_("Why it failed, in one sentence."))

    class Meta:
        model = MergedReport
        fields = [
            "id",
            "projects",
            "state",
            "reason",
            "n_done",
            "n_total",
            "requested_at",
            "finished_at",
            "computed_at",
            "n_judgements",
            "is_current",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_projects(self, row: MergedReport) -> list[str]:
        return [project.slug for project in projects_of(row)]

    def get_is_current(self, row: MergedReport) -> bool:
        return is_current(row)


class MergedFiguresSerializer(MergedSerializer):
    """What is answered once the figures are there: parts of the report that the caller may read."""

    report = serializers.JSONField(
        required=False, help_text=_("As that of one project; there once it was computed.")
    )
    sections = serializers.JSONField(
        required=False,
        help_text=_("The sections that “include” names, for “all” and “without_simulated”."),
    )

    class Meta(MergedSerializer.Meta):
        fields = [*MergedSerializer.Meta.fields, "report", "sections"]
        read_only_fields = fields
