"""A checkpoint that is proposed as a project's champion, and what people decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Project, PublicModel
from training.models.alias import ModelRole
from training.models.checkpoint import Checkpoint
from training.models.document_shapes import EVIDENCE
from training.models.round import Round
from training.models.stored_document import StoredDocument


class ProposalState(models.TextChoices):
    OPEN = "open", _("waits for a decision")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Proposal(PublicModel):
    """Its evidence is what stood when somebody last looked; a decision is on that and no other."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="proposals", verbose_name=_("project")
    )
    role = models.CharField(_("used as"), max_length=12, choices=ModelRole)
    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="proposals", verbose_name=_("checkpoint")
    )
    rival = models.ForeignKey(  # what it is compared with: the champion, or its base before one is
        Checkpoint,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("compared with"),
    )
    state = models.CharField(
        _("state"), max_length=8, choices=ProposalState, default=ProposalState.OPEN
    )
    evidence = StoredDocument(_("evidence"), default=dict, shape=EVIDENCE)
    evidence_digest = models.CharField(_("digest of the evidence"), max_length=64)
    round = models.ForeignKey(  # whose last step it was
        Round,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("round"),
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"), db_default=Now(), editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="proposal_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=ModelRole.values), name="proposal_role_is_known"
            ),
            models.UniqueConstraint(
                fields=["project", "checkpoint"],
                condition=Q(state=ProposalState.OPEN),
                name="one_open_proposal_per_checkpoint",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.OPEN, decided_at=None)
                | ~Q(state=ProposalState.OPEN) & Q(decided_at__isnull=False),
                name="a_decided_proposal_says_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.checkpoint)


class Decision(models.Model):
    """What one person said of a proposal, once."""

    class Said(models.TextChoices):
        ACCEPT = "accept", _("accepts")
        REJECT = "reject", _("rejects")

    proposal = models.ForeignKey(
        Proposal, models.CASCADE, related_name="decisions", verbose_name=_("proposal")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,  # who asked to be forgotten
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    said = models.CharField(_("said"), max_length=6, choices=Said)
    reason = models.TextField(_("why"), blank=True)
    evidence_digest = models.CharField(_("digest of the evidence"), max_length=64)
    said_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["proposal", "user"], name="one_decision_per_person"),
            models.CheckConstraint(
                condition=Q(said__in=["accept", "reject"]), name="decision_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.said}"
