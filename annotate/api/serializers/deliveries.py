"""What was sent, or waits to be; of its text nothing."""

from rest_framework import serializers

from annotate.models import Delivery, DeliveryTry


class TrySerializer(serializers.ModelSerializer[DeliveryTry]):
    class Meta:
        model = DeliveryTry
        fields = ["number", "begun_at", "ended_at", "is_good", "status", "said"]
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug", allow_null=True, default=None)
    webhook = serializers.UUIDField(source="webhook.public_id", allow_null=True, default=None)

    class Meta:
        model = Delivery
        fields = [
            *(
                "id",
                "channel",
                "project",
                "webhook",
                "address",
                "title",
                "state",
                "attempt",
                "reason",
            ),
            *("made_at", "due_at", "finished_at"),
        ]
        read_only_fields = fields


class DeliveryDetailSerializer(DeliverySerializer):
    tries = TrySerializer(many=True)

    class Meta:
        model = Delivery
        fields = [*DeliverySerializer.Meta.fields, "tries"]
        read_only_fields = fields
