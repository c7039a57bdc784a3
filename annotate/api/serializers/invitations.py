"""Invitations to a project: the link is in the answer that makes one, and nowhere else."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import MOST_INVITED, Invitation, Role
from annotate.people.invitations import MOST_DAYS, why_closed


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    id = serializers.UUIDField(source="public_id")
    closed = serializers.SerializerMethodField(
        help_text=_("Why nobody can come in by it any more; empty as long as they can.")
    )

    class Meta:
        model = Invitation
        fields = [
            "id",
            "role",
            "cohort",
            "note",
            "most_uses",
            "n_uses",
            "made_at",
            "expires_at",
            "withdrawn_at",
            "closed",
        ]
        read_only_fields = fields

    def get_closed(self, invitation: Invitation) -> str:
        return why_closed(invitation)


class NewInvitationSerializer(InvitationSerializer):
    link = serializers.URLField(help_text=_("Shown this once."))

    class Meta:
        model = Invitation
        fields = [*InvitationSerializer.Meta.fields, "link"]
        read_only_fields = fields


class InvitationBody(StrictSerializer):
    role = serializers.ChoiceField(choices=list(Role), default=Role.ANNOTATOR)
    cohort = serializers.CharField(max_length=60, allow_blank=True, default="")
    most_uses = serializers.IntegerField(min_value=1, max_value=MOST_INVITED, default=1)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=7)
    note = serializers.CharField(max_length=80, allow_blank=True, default="")
