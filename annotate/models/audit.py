"""Who changed what: administrative acts only, as judgements are their own audit."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.base import PublicModel
from annotate.models.project import Project


class AuditEvent(PublicModel):
    """One act. Written with the act itself; the hash chain is closed afterwards by one writer."""

    happened_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=40, blank=True)  # a pseudonym; empty: the system
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=120, blank=True)  # "comparison:<public id>"
    project = models.ForeignKey(
        Project, models.SET_NULL, null=True, blank=True, related_name="audit_events"
    )
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    position = models.PositiveBigIntegerField(
        null=True, unique=True, editable=False
    )  # in the chain
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(position=None), name="audit_event_unchained"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
