"""A link that lets people into a project, and who came in by it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import Annotator, Role
from annotate.models.project import Project

MOST_INVITED = 1000


class Invitation(PublicModel):
    """A link to a part in one project; only its hash is kept, so a copy of the database lets
    nobody in."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="invitations", verbose_name=_("project")
    )
    note = models.CharField(_("note"), max_length=80, blank=True)  # whom it is for
    role = models.CharField(_("role"), max_length=9, choices=Role, default=Role.ANNOTATOR)
    cohort = models.CharField(_("cohort"), max_length=60, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    most_uses = models.PositiveIntegerField(_("most people"), default=1)
    n_uses = models.PositiveIntegerField(_("people who came"), default=0, editable=False)
    made_by = models.ForeignKey(
        Annotator, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="invitation_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(most_uses__gte=1, most_uses__lte=MOST_INVITED),
                name="invitation_is_for_somebody",
            ),
            models.CheckConstraint(
                condition=Q(n_uses__lte=F("most_uses")), name="no_more_come_than_are_invited"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.ANNOTATOR) | Q(most_uses=1),
                name="only_annotators_are_invited_by_the_dozen",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class InvitationUse(models.Model):
    """Somebody who came in by an invitation."""

    invitation = models.ForeignKey(
        Invitation, models.CASCADE, related_name="uses", verbose_name=_("invitation")
    )
    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="+", verbose_name=_("annotator")
    )
    used_at = models.DateTimeField(_("used at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("use of an invitation")
        verbose_name_plural = _("uses of invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "annotator"], name="nobody_comes_twice_by_one_link"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.annotator_id}"
