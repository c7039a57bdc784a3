"""What was decided: an expert's ruling, and the preference that training may use."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison, Completion
from annotate.models.labelling import Judgement
from annotate.models.people import Annotator
from annotate.models.verdict import Verdict


class Adjudication(PublicModel):
    """A reviewer closes a disputed comparison; a later ruling supersedes it."""

    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="adjudications", verbose_name=_("comparison")
    )
    reviewer = models.ForeignKey(
        Annotator, models.PROTECT, related_name="adjudications", verbose_name=_("reviewer")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    note = models.TextField(_("note"), blank=True)
    first_was_left = models.BooleanField(  # unknown where the ruling was not made blind
        _("first was on the left"), null=True, blank=True
    )
    ruled_at = models.DateTimeField(_("ruled at"), db_default=Now(), editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("adjudication")
        verbose_name_plural = _("adjudications")
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
    TRIAGE = "triage", _("triage, as a soft label")
    COHORTS = "cohorts", _("triage, for cohorts alone")


class EditOver(models.TextChoices):
    """Which answer of a preference an annotator's edit of the chosen one is set over."""

    CHOSEN = "chosen", _("chosen")
    REJECTED = "rejected", _("rejected")


class Preference(PublicModel):
    """What the judgements of a comparison amount to: superseded, never updated.

    For a tie or both_bad, `chosen` is the comparison's first completion.
    """

    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="preferences", verbose_name=_("comparison")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    chosen = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("chosen completion")
    )
    rejected = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("rejected completion")
    )
    p_first = models.FloatField(  # (first + ½ tie) / (first + second + tie)
        _("share of the first"), null=True, blank=True
    )
    agreement = models.FloatField(  # share of the winning verdict; no votes: null
        _("agreement"), null=True, blank=True
    )
    strength = models.FloatField(  # signed mean, towards chosen
        _("strength"), null=True, blank=True
    )
    n_first = models.PositiveSmallIntegerField(_("votes for the first"), default=0)
    n_second = models.PositiveSmallIntegerField(_("votes for the second"), default=0)
    n_tie = models.PositiveSmallIntegerField(_("votes for a tie"), default=0)
    n_both_bad = models.PositiveSmallIntegerField(_("votes for both bad"), default=0)
    resolved_by = models.CharField(_("resolved by"), max_length=12, choices=ResolvedBy)
    rule = models.JSONField(_("rule"))  # the project's rule as it stood
    adjudication = models.ForeignKey(
        Adjudication,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="preferences",
        verbose_name=_("adjudication"),
    )
    judgements: "models.ManyToManyField[Judgement, PreferenceJudgement]" = models.ManyToManyField(
        Judgement,
        through="PreferenceJudgement",
        related_name="preferences",
        verbose_name=_("judgements"),
    )
    resolved_at = models.DateTimeField(_("resolved at"), db_default=Now(), editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
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

    preference = models.ForeignKey(
        Preference,
        models.CASCADE,
        db_index=False,  # `a_judgement_is_used_once` begins with it
        related_name="used",
        verbose_name=_("preference"),
    )
    judgement = models.ForeignKey(
        Judgement,
        models.PROTECT,
        related_name="used_in",
        verbose_name=pgettext_lazy("model", "judgement"),
    )

    class Meta:
        verbose_name = _("judgement used")
        verbose_name_plural = _("judgements used")
        constraints = [
            models.UniqueConstraint(
                fields=["preference", "judgement"], name="a_judgement_is_used_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.preference_id} ← {self.judgement_id}"
