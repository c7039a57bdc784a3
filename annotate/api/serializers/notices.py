"""Notices in words and in figures, and what a project tells of."""

from typing import Any

from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import Notice
from annotate.notices.links import absolute_url
from annotate.notices.notice_rules.known_rules import TOLD_CHOICES
from annotate.notices.notice_words import path_of, sentence_of


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug", allow_null=True, default=None)
    sentence = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = [
            *("id", "project", "kind", "subject", "facts", "sentence", "url", "opened_at"),
            "resolved_at",
        ]
        read_only_fields = fields

    def get_sentence(self, notice: Notice) -> str:
        return sentence_of(notice)

    def get_url(self, notice: Notice) -> str:
        return absolute_url(path_of(notice))


class NoticeRuleSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    is_on = serializers.BooleanField()
    bound = serializers.FloatField(allow_null=True)


class NoticeRulesSerializer(serializers.Serializer[Any]):
    rules = NoticeRuleSerializer(many=True)


class NoticeRuleBody(StrictSerializer):
    kind = serializers.ChoiceField(choices=TOLD_CHOICES)
    is_on = serializers.BooleanField(required=False, default=True)
    bound = serializers.FloatField(required=False, allow_null=True, default=None)
