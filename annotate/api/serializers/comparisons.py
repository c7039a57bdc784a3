"""Comparisons as reviewers and leads see them; never sent to annotators."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.serializers.judging import MAX_TEXT, JudgementSerializer, MessageSerializer
from annotate.api.strict import FlagFilter, Query, StrictSerializer
from annotate.listing.filter_kinds import Filter, Kind
from annotate.listing.filters import FILTERS
from annotate.listing.orders import ORDERS
from annotate.models import (
    Adjudication,
    Comparison,
    Completion,
    EntersAs,
    Flag,
    Outcome,
    Preference,
    ResolvedBy,
    Triage,
    Verdict,
    WhyContested,
)


class CompletionSerializer(serializers.ModelSerializer[Completion]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Completion
        fields = ["id", "text", "origin", "sampling"]
        read_only_fields = fields


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    """A line of the list: it shows no vote and no origin, so it leaves its reader unspoiled."""

    id = serializers.UUIDField(source="public_id")
    prompt = MessageSerializer(source="prompt.messages", many=True)
    tags = serializers.ListField(source="prompt.tags", child=serializers.CharField())
    language = serializers.CharField(source="prompt.language")

    class Meta:
        model = Comparison
        fields = [
            "id",
            "prompt",
            "tags",
            "language",
            "state",
            "wanted",
            "n_counted",
            "n_skips",
            "priority",
            "created_at",
        ]
        read_only_fields = fields


class AdjudicationSerializer(serializers.ModelSerializer[Adjudication]):
    id = serializers.UUIDField(source="public_id")
    comparison = serializers.UUIDField(source="comparison.public_id")
    reviewer = serializers.CharField(source="reviewer.pseudonym")

    class Meta:
        model = Adjudication
        fields = ["id", "comparison", "reviewer", "verdict", "note", "ruled_at", "superseded_at"]
        read_only_fields = fields


class AdjudicationBody(StrictSerializer):
    verdict = serializers.ChoiceField(choices=list(Verdict))
    note = serializers.CharField(allow_blank=True, default="", max_length=MAX_TEXT)


class TriageSerializer(serializers.ModelSerializer[Triage]):
    id = serializers.UUIDField(source="public_id")
    comparison = serializers.UUIDField(source="comparison.public_id")
    triaged_by = serializers.CharField(source="triaged_by.pseudonym")

    class Meta:
        model = Triage
        fields = [
            *("id", "comparison", "triaged_by", "why", "enters", "note"),
            *("triaged_at", "superseded_at"),
        ]
        read_only_fields = fields


class TriageBody(StrictSerializer):
    why = serializers.ChoiceField(choices=list(WhyContested))
    enters = serializers.ChoiceField(
        choices=list(EntersAs),
        required=False,
        help_text=_("How it enters training; left out, as is usual for that reason."),
    )
    note = serializers.CharField(allow_blank=True, default="", max_length=MAX_TEXT)


class FlagSerializer(serializers.ModelSerializer[Flag]):
    id = serializers.UUIDField(source="public_id")
    annotator = serializers.CharField(source="annotator.pseudonym")

    class Meta:
        model = Flag
        fields = ["id", "annotator", "reason", "note", "flagged_at", "closed_at"]
        read_only_fields = fields


class VerdictOrNone(serializers.ChoiceField):
    """A verdict, or an empty text where there is none."""

    def __init__(self) -> None:
        super().__init__(choices=Verdict.choices, allow_blank=True, read_only=True)


class ComparisonDetailSerializer(ComparisonSerializer):
    """Everything, others' judgements too: who reads this may no longer judge the comparison."""

    first = CompletionSerializer()
    second = CompletionSerializer()
    judgements = JudgementSerializer(many=True)
    adjudications = AdjudicationSerializer(many=True)
    flags = FlagSerializer(many=True)
    recorded_verdict = VerdictOrNone()
    gold_verdict = VerdictOrNone()
    gold_also = VerdictOrNone()

    class Meta:
        model = Comparison
        fields = [
            *ComparisonSerializer.Meta.fields,
            "first",
            "second",
            "n_first",
            "n_second",
            "n_tie",
            "n_both_bad",
            "recorded_verdict",
            "gold_verdict",
            "gold_also",
            "judgements",
            "adjudications",
            "flags",
        ]
        read_only_fields = fields


def _parameter(declared: Filter) -> serializers.Field[Any, Any, Any, Any]:
    common: dict[str, Any] = {"required": False, "help_text": declared.help or declared.label}
    if declared.kind == Kind.CHOICE:
        return serializers.ChoiceField(choices=list(declared.choices), **common)
    if declared.kind == Kind.YES_NO:
        return FlagFilter(**common)
    if declared.kind == Kind.DATE:
        return serializers.DateField(**common)
    if declared.kind == Kind.NUMBER:
        return serializers.IntegerField(min_value=declared.least, max_value=declared.most, **common)
    return serializers.CharField(max_length=declared.longest, **common)


class ComparisonQuery(Query):
    """The filters of the page, each a parameter."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        parameters = {name: _parameter(declared) for name, declared in FILTERS.items()}
        parameters["sort"] = serializers.ChoiceField(
            choices=[(one.name, one.label) for one in ORDERS.values()], required=False
        )
        return parameters


class PreferenceSerializer(serializers.ModelSerializer[Preference]):
    id = serializers.UUIDField(source="public_id")
    comparison = serializers.UUIDField(source="comparison.public_id")
    prompt = MessageSerializer(source="comparison.prompt.messages", many=True)
    chosen = CompletionSerializer()
    rejected = CompletionSerializer()

    class Meta:
        model = Preference
        fields = [
            "id",
            "comparison",
            "prompt",
            "outcome",
            "chosen",
            "rejected",
            "p_first",
            "agreement",
            "strength",
            "n_first",
            "n_second",
            "n_tie",
            "n_both_bad",
            "resolved_by",
            "resolved_at",
            "superseded_at",
        ]
        read_only_fields = fields


class PreferenceQuery(Query):
    outcome = serializers.ChoiceField(choices=list(Outcome), required=False)
    resolved_by = serializers.ChoiceField(choices=list(ResolvedBy), required=False)
    min_agreement = serializers.FloatField(min_value=0, max_value=1, required=False)
    since = serializers.DateTimeField(required=False)
    superseded = FlagFilter(
        default=False, help_text=_("Also those that a later preference replaced.")
    )
