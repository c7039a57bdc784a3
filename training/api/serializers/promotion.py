"""Names of checkpoints, gates, and proposals with their evidence."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import FlagFilter, Query, StrictSerializer
from training.models import (
    GATE_SETTINGS,
    Alias,
    Decision,
    Gate,
    ModelRole,
    Proposal,
    ProposalState,
)
from training.promotion.evidence_words import lines_of, obstacles_in_words
from training.promotion.proposals import n_missing


class AliasSerializer(serializers.ModelSerializer[Alias]):
    """A line of a name's history; without a checkpoint it was taken back from then on."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.SlugField(source="project.slug")
    checkpoint = serializers.UUIDField(source="checkpoint.public_id", allow_null=True, default=None)
    proposal = serializers.UUIDField(source="proposal.public_id", allow_null=True, default=None)
    restores = serializers.IntegerField(source="restores.number", allow_null=True, default=None)
    set_by = serializers.CharField(source="set_by.username", allow_null=True, default=None)

    class Meta:
        model = Alias
        fields = [
            "id",
            "project",
            "role",
            "name",
            "number",
            "checkpoint",
            "origin",
            "proposal",
            "restores",
            "set_by",
            "reason",
            "set_at",
        ]
        read_only_fields = fields


class AliasQuery(Query):
    name = serializers.SlugField(required=False)
    role = serializers.ChoiceField(choices=list(ModelRole), required=False)
    is_current = FlagFilter(required=False, default=None)


SEEN = _("Number of the line that you saw last, 0 for none; if there is a newer one, 409.")


class AliasBody(StrictSerializer):
    name = serializers.SlugField(max_length=40)
    checkpoint = serializers.UUIDField(allow_null=True)
    role = serializers.ChoiceField(
        choices=list(ModelRole),
        required=False,
        help_text=_("Of the name, where it is taken back; else the checkpoint says it."),
    )
    seen = serializers.IntegerField(min_value=0, help_text=SEEN)
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class BackBody(StrictSerializer):
    seen = serializers.IntegerField(min_value=0, help_text=SEEN)
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class GateSerializer(serializers.ModelSerializer[Gate]):
    class Meta:
        model = Gate
        fields = list(GATE_SETTINGS)


class GateBody(StrictSerializer, serializers.ModelSerializer[Gate]):
    """What is left out stays as it is; null asks for nothing."""

    class Meta:
        model = Gate
        fields = list(GATE_SETTINGS)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    user = serializers.CharField(source="user.username", allow_null=True, default=None)

    class Meta:
        model = Decision
        fields = ["user", "said", "reason", "evidence_digest", "said_at"]
        read_only_fields = fields


class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """`lines` is the evidence in five sentences, `obstacles` what keeps the gate shut."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.SlugField(source="project.slug")
    checkpoint = serializers.UUIDField(source="checkpoint.public_id")
    rival = serializers.UUIDField(source="rival.public_id", allow_null=True, default=None)
    round = serializers.UUIDField(source="round.public_id", allow_null=True, default=None)
    evidence = serializers.DictField(child=serializers.JSONField())
    lines = serializers.SerializerMethodField()
    obstacles = serializers.SerializerMethodField()
    n_missing = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True)

    class Meta:
        model = Proposal
        fields = [
            "id",
            "project",
            "role",
            "checkpoint",
            "rival",
            "round",
            "state",
            "lines",
            "obstacles",
            "n_missing",
            "evidence",
            "evidence_digest",
            "decisions",
            "proposed_at",
            "decided_at",
        ]
        read_only_fields = fields

    def get_lines(self, proposal: Proposal) -> list[str]:
        return lines_of(proposal.evidence)

    def get_obstacles(self, proposal: Proposal) -> list[str]:
        return obstacles_in_words(proposal.evidence)

    def get_n_missing(self, proposal: Proposal) -> int:
        return n_missing(proposal)


class ProposalQuery(Query):
    project = serializers.SlugField(required=False)
    state = serializers.ChoiceField(choices=list(ProposalState), required=False)


class ProposalBody(StrictSerializer):
    project = serializers.SlugField()
    checkpoint = serializers.UUIDField()


class AcceptBody(StrictSerializer):
    seen = serializers.CharField(
        max_length=64, help_text=_("The evidence_digest that you saw; if it has changed, 409.")
    )
    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


class RejectBody(StrictSerializer):
    reason = serializers.CharField(max_length=2000)
