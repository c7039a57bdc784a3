"""Where votes went."""

from typing import Any

from rest_framework import serializers


class UsedVoteSerializer(serializers.Serializer[Any]):
    judgement = serializers.UUIDField(source="judgement.public_id")
    snapshots = serializers.SerializerMethodField(method_name="get_snapshots")

    def get_snapshots(self, vote: Any) -> list[str]:
        """Those that the caller may see."""
        seen = self.context["seen"]
        return [str(one.public_id) for one in vote.snapshots if one.pk in seen]


class VoteLineageSerializer(serializers.Serializer[Any]):
    """`n_hidden` is how many more there are that you may not see, or that are too far away."""

    votes = UsedVoteSerializer(many=True)
    snapshots = serializers.ListField(child=serializers.UUIDField())
    runs = serializers.ListField(child=serializers.UUIDField())
    checkpoints = serializers.ListField(child=serializers.UUIDField())
    n_hidden = serializers.IntegerField()
