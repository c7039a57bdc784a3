"""What was decided: an expert's ruling, and the preference that training may use."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison, Completion
from annotate.models.labelling import Judgement
from annotate.models.people import Annotator
from annotate.models.verdict import Verdict


class Adjudication(PublicModel):
    """A reviewer closes a disputed comparison; a later ruling supersedes it."""

    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="adjudications")
    reviewer = models.ForeignKey(Annotator, models.PROTECT, related_name="adjudications")
    verdict = models.CharField(max_length=8, choices=Verdict)
    note = models.TextField(blank=True)
    ruled_at = models.DateTimeField(db_default=Now(), editable=False)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="adjudication_verdict_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison"],
                condition=Q(superseded_at=None),
                name="one_live_adjudication",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.verdict}"


class Outcome(models.TextChoices):
    PREFERENCE = "preference", _("preference")
    TIE = "tie", _("tie")
    BOTH_BAD = "both_bad", _("both bad")


class ResolvedBy(models.TextChoices):
    VOTES = "votes", _("votes")
    POSTERIOR = "posterior", _("posterior")
    ADJUDICATION = "adjudication", _("adjudication")


class Preference(PublicModel):
    """What the judgements of a comparison amount to: superseded, never updated.

    For a tie or both_bad, `chosen` is the comparison's first completion.
    """

    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="preferences")
    outcome = models.CharField(max_length=10, choices=Outcome)
    chosen = models.ForeignKey(Completion, models.PROTECT, related_name="+")
    rejected = models.ForeignKey(Completion, models.PROTECT, related_name="+")
    p_first = models.FloatField(null=True, blank=True)  # (first + ½ tie) / (first + second + tie)
    agreement = models.FloatField(
        null=True, blank=True
    )  # share of the winning verdict; no votes: null
    strength = models.FloatField(null=True, blank=True)  # signed mean, towards chosen
    n_first = models.PositiveSmallIntegerField(default=0)
    n_second = models.PositiveSmallIntegerField(default=0)
    n_tie = models.PositiveSmallIntegerField(default=0)
    n_both_bad = models.PositiveSmallIntegerField(default=0)
    resolved_by = models.CharField(max_length=12, choices=ResolvedBy)
    rule = models.JSONField()  # the project's rule as it stood
    adjudication = models.ForeignKey(
        Adjudication, models.PROTECT, null=True, blank=True, related_name="preferences"
    )
    judgements: "models.ManyToManyField[Judgement, PreferenceJudgement]" = models.ManyToManyField(
        Judgement, through="PreferenceJudgement", related_name="preferences"
    )
    resolved_at = models.DateTimeField(db_default=Now(), editable=False)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(p_first=None) | Q(p_first__gte=0, p_first__lte=1),
                name="p_first_is_a_share",
            ),
            models.UniqueConstraint(
                fields=["comparison"],
                condition=Q(superseded_at=None),
                name="one_live_preference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.outcome}"


class PreferenceJudgement(models.Model):
    """A judgement that a preference was made from."""

    preference = models.ForeignKey(Preference, models.CASCADE, related_name="used")
    judgement = models.ForeignKey(Judgement, models.PROTECT, related_name="used_in")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["preference", "judgement"], name="a_judgement_is_used_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.preference_id} ← {self.judgement_id}"
