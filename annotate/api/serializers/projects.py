"""Projects, their members, and their progress."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.serializers.member_groups import GroupNameSerializer
from annotate.api.serializers.protocols import PRESET_CHOICES, ProtocolSerializer
from annotate.api.strict import Query, StrictSerializer
from annotate.judging.protocols.presets import USUAL_PRESET
from annotate.models import Membership, Project, Role

RULE_FIELDS = [
    "overlap",
    "lease_seconds",
    "offline_pairs",
    "offline_hours",
    "shows_gold",
    "min_judgements",
    "resolution_rule",
    "min_agreement",
    "min_posterior",
]
WRITABLE_FIELDS = ["name", "description", "guidelines", "attribution", "is_paused", *RULE_FIELDS]


class ProjectSerializer(serializers.ModelSerializer[Project]):
    role = serializers.SerializerMethodField(help_text=_("Yours in this project."))
    protocol = ProtocolSerializer(source="current_protocol")

    class Meta:
        model = Project
        fields = [
            "slug",
            *WRITABLE_FIELDS,
            "guidelines_version",
            "protocol",
            "is_demo",
            "created_at",
            "role",
        ]
        read_only_fields = fields

    def get_role(self, project: Project) -> str:
        return str(self.context["roles"](project))


class ProjectBody(StrictSerializer, serializers.ModelSerializer[Project]):
    """What a lead may set; the limits are those of the model."""

    class Meta:
        model = Project
        fields = WRITABLE_FIELDS


class NewProjectBody(ProjectBody):
    preset = serializers.ChoiceField(
        choices=PRESET_CHOICES,
        default=USUAL_PRESET,
        help_text=_("What is asked for, as the first version of the protocol."),
    )

    class Meta:
        model = Project
        fields = ["slug", "preset", *WRITABLE_FIELDS]
        extra_kwargs = {"slug": {"required": False}}


class ProgressSerializer(serializers.Serializer[Any]):
    n_comparisons = serializers.IntegerField()
    n_resolved = serializers.IntegerField()
    n_judgements = serializers.IntegerField()
    n_simulated = serializers.IntegerField()


class MemberSerializer(serializers.ModelSerializer[Membership]):
    id = serializers.UUIDField(source="public_id")
    annotator = serializers.CharField(source="annotator.pseudonym")
    kind = serializers.CharField(source="annotator.kind")
    username = serializers.CharField(source="annotator.user.username", allow_null=True)
    groups = GroupNameSerializer(many=True)

    class Meta:
        model = Membership
        fields = [
            "id",
            "annotator",
            "kind",
            "username",
            "role",
            "cohort",
            "groups",
            "is_active",
            "joined_at",
        ]
        read_only_fields = fields


class MemberQuery(Query):
    group = serializers.UUIDField(required=False, help_text=_("Only those in this group."))


class NewMemberBody(StrictSerializer):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=list(Role), default=Role.ANNOTATOR)
    cohort = serializers.CharField(max_length=60, allow_blank=True, default="")


class MemberBody(StrictSerializer):
    role = serializers.ChoiceField(choices=list(Role), required=False)
    cohort = serializers.CharField(max_length=60, allow_blank=True, required=False)
    is_active = serializers.BooleanField(required=False)
