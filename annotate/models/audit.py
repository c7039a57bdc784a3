"""Who changed what: administrative acts only, as judgements are their own audit."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.project import Project


class AuditEvent(PublicModel):
    """One act. Written with the act itself; the hash chain is closed afterwards by one writer."""

    happened_at = models.DateTimeField(_("happened at"), db_default=Now(), editable=False)
    actor = models.CharField(  # a pseudonym; empty: the system
        _("actor"), max_length=40, blank=True
    )
    action = models.CharField(_("action"), max_length=60)
    target = models.CharField(_("target"), max_length=120, blank=True)  # "comparison:<public id>"
    project = models.ForeignKey(
        Project,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="audit_events",
        verbose_name=_("project"),
    )
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    position = models.PositiveBigIntegerField(  # in the chain
        _("place in the chain"), null=True, unique=True, editable=False
    )
    previous_hash = models.CharField(_("previous hash"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["id"], condition=Q(position=None), name="audit_event_unchained"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
