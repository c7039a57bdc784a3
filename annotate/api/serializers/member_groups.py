"""Groups of people."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import LONGEST_GROUP_NAME, MemberGroup
from annotate.people.many_members import MOST_ROWS


class MemberGroupSerializer(serializers.ModelSerializer[MemberGroup]):
    id = serializers.UUIDField(source="public_id")
    n_members = serializers.IntegerField(help_text=_("Those who have not left the project."))

    class Meta:
        model = MemberGroup
        fields = ["id", "name", "n_members", "made_at"]
        read_only_fields = fields


class GroupNameSerializer(serializers.ModelSerializer[MemberGroup]):
    """A group as it stands at a member."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = MemberGroup
        fields = ["id", "name"]
        read_only_fields = fields


class MemberGroupBody(StrictSerializer):
    name = serializers.CharField(max_length=LONGEST_GROUP_NAME)


class GroupFillingBody(StrictSerializer):
    add = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=MOST_ROWS,
        default=list,
        help_text=_("Members, by their ids in this project."),
    )
    remove = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_ROWS, default=list
    )
