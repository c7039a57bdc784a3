"""How judging happens: leases, judgements, skips, flags, and who has seen what."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison
from annotate.models.people import Annotator
from annotate.models.project import Project
from annotate.models.verdict import Verdict


class LeaseState(models.TextChoices):
    LIVE = "live"
    SPENT = "spent"  # on a judgement
    RELEASED = "released"  # given back: skipped, left, or undone by the project
    EXPIRED = "expired"


class Lease(PublicModel):
    """A claim on one judgement of a comparison, with an end; never deleted."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="leases")
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="leases")
    annotator = models.ForeignKey(Annotator, models.PROTECT, related_name="leases")
    state = models.CharField(max_length=8, choices=LeaseState, default=LeaseState.LIVE)
    first_is_left = models.BooleanField()
    claimed_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()  # by the database's clock

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LeaseState.values), name="lease_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["annotator", "comparison"],
                condition=Q(state=LeaseState.LIVE),
                name="one_live_lease_per_annotator",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "expires_at"],
                condition=Q(state=LeaseState.LIVE),
                name="lease_live_expiry",
            ),
            models.Index(
                fields=["annotator", "project"],
                condition=Q(state=LeaseState.LIVE),
                name="lease_live_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} holds {self.comparison} ({self.state})"


class Judgement(PublicModel):
    """One annotator's verdict on one comparison: never edited, only withdrawn."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="judgements")
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="judgements")
    annotator = models.ForeignKey(Annotator, models.PROTECT, related_name="judgements")
    lease = models.OneToOneField(  # none for votes that were imported
        Lease, models.PROTECT, null=True, blank=True, related_name="judgement"
    )
    verdict = models.CharField(max_length=8, choices=Verdict)
    strength = models.SmallIntegerField(null=True, blank=True)  # 0 even … 3 much better
    criteria = models.JSONField(default=dict, blank=True)
    reasons = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    edited_text = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    first_was_left = models.BooleanField(null=True, blank=True)  # unknown for imported votes
    guidelines_version = models.PositiveIntegerField(default=1)
    key = models.CharField(max_length=64)  # the client's: the same key again has no new effect
    body_digest = models.CharField(max_length=64, blank=True)  # the same key, another body: refused
    is_counted = models.BooleanField(default=True)  # else surplus: kept, but over what was wanted
    judged_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(  # choices alone bind forms, not the table
                condition=Q(verdict__in=Verdict.values), name="verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(strength=None) | Q(strength__gte=0, strength__lte=3),
                name="strength_is_0_to_3",
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(withdrawn_at=None),
                name="one_live_judgement_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["annotator", "project", "key"], name="one_judgement_per_key"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "judged_at"], name="judgement_by_time"),
            models.Index(fields=["annotator", "project", "judged_at"], name="judgement_history"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator}: {self.verdict}"


class SkipReason(models.TextChoices):
    UNCLEAR = "unclear", _("I cannot tell what is asked")
    KNOWLEDGE = "knowledge", _("I do not know enough about this")
    LANGUAGE = "language", _("Not in a language I read")
    BROKEN = "broken", _("Something is broken or missing")
    UNCOMFORTABLE = "uncomfortable", _("I would rather not read this")
    OTHER = "other", _("Another reason")


class Skip(PublicModel):
    """An annotator passed a comparison by; they are not shown it again."""

    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="skips")
    annotator = models.ForeignKey(Annotator, models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=13, choices=SkipReason)
    note = models.TextField(blank=True)
    skipped_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=SkipReason.values), name="skip_reason_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator"], name="one_skip_per_annotator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} skipped {self.comparison}"


class FlagReason(models.TextChoices):
    HARMFUL = "harmful", _("Harmful content")
    PRIVATE = "private", _("Somebody's private data")
    ILLEGAL = "illegal", _("Possibly illegal")
    OTHER = "other", _("Something else")


class Flag(PublicModel):
    """A report that a person must look at, apart from any verdict."""

    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="flags")
    annotator = models.ForeignKey(Annotator, models.PROTECT, related_name="flags")
    reason = models.CharField(max_length=8, choices=FlagReason)
    note = models.TextField(blank=True)
    flagged_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=FlagReason.values), name="flag_reason_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator", "reason"], name="one_flag_per_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.reason}"


class Exposure(models.Model):
    """Somebody has seen others' judgements of a comparison, so may no longer judge it."""

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="exposures")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="exposures")
    seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "annotator"], name="one_exposure_per_annotator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} has seen {self.comparison}"
