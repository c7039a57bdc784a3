"""Answers from models: what is asked for, and how far that is."""

from typing import Any

from rest_framework import serializers

from annotate.api.serializers.endpoints import IN_BILLIONTHS
from annotate.api.serializers.transfers import TRANSFER_FIELDS
from annotate.api.strict import StrictSerializer
from annotate.generation.completion_sources import MOST_TOKENS
from annotate.models import CutCompletions, Generation, GenerationSource


class GenerationSourceSerializer(serializers.ModelSerializer[GenerationSource]):
    endpoint = serializers.UUIDField(source="endpoint.public_id")

    class Meta:
        model = GenerationSource
        fields = ["endpoint", "model", "sampling"]
        read_only_fields = fields


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    sources = GenerationSourceSerializer(many=True)

    class Meta:
        model = Generation
        fields = [
            *("id", "project", "sources", "selection", "cut_completions", *TRANSFER_FIELDS),
            *("n_prompts", "n_failed", "n_retries", "n_cut", "n_identical", "n_comparisons"),
            *("n_tokens_in", "n_tokens_out", "currency", "spend_limit", "spent", "failed_share"),
        ]
        read_only_fields = fields


class SourceBody(StrictSerializer):
    endpoint = serializers.UUIDField()
    model = serializers.CharField(max_length=200)
    max_tokens = serializers.IntegerField(min_value=1, max_value=MOST_TOKENS, default=1024)
    temperature = serializers.FloatField(min_value=0, max_value=2, allow_null=True, default=1.0)
    top_p = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, default=None)


class EstimateBody(StrictSerializer):
    sources = SourceBody(many=True)
    import_id = serializers.UUIDField(allow_null=True, default=None)
    tag = serializers.CharField(max_length=200, allow_blank=True, default="")
    most = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True, default=None)


def _limit() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=2**53, allow_null=True, default=None, help_text=IN_BILLIONTHS
    )


class GenerationBody(EstimateBody):
    cut_completions = serializers.ChoiceField(
        CutCompletions.choices, default=CutCompletions.LEAVE_OUT
    )
    spend_limit = _limit()
    failed_share = serializers.FloatField(min_value=0, max_value=1, default=0.1)


class ResumeBody(StrictSerializer):
    spend_limit = _limit()


class EstimateSerializer(serializers.Serializer[Any]):
    n_prompts = serializers.IntegerField()
    n_tokens_likely = serializers.IntegerField()
    cost_likely = serializers.IntegerField(help_text=IN_BILLIONTHS)
    cost_most = serializers.IntegerField(help_text=IN_BILLIONTHS)
    currency = serializers.CharField()
