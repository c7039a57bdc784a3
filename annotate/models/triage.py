"""Why people differ on a comparison, and how it may enter training."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison
from annotate.models.people import Annotator


class WhyContested(models.TextChoices):
    NOISE = "noise", _("noise: somebody erred")
    PLURAL = "plural", _("plural: people rightly differ")
    UNCLEAR = "unclear", _("unclear: the guidelines do not say")


class EntersAs(models.TextChoices):
    """How a contested comparison enters training."""

    OUTCOME = "outcome", _("by its outcome, like any other")
    SHARES = "shares", _("by the shares of its votes, as a soft label")
    COHORTS = "cohorts", _("only where cohorts are selected, by their votes")
    OUT = "out", _("not at all")


class Triage(PublicModel):
    """Somebody says why people differ on a comparison: never changed, a later one supersedes it."""

    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="triages", verbose_name=_("comparison")
    )
    why = models.CharField(_("why people differ"), max_length=7, choices=WhyContested)
    enters = models.CharField(_("enters training"), max_length=7, choices=EntersAs)
    note = models.TextField(_("note"), blank=True)
    triaged_by = models.ForeignKey(
        Annotator,
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("triaged by"),
    )
    triaged_at = models.DateTimeField(_("triaged at"), db_default=Now(), editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("triage")
        verbose_name_plural = _("triages")
        constraints = [
            models.CheckConstraint(
                condition=Q(why__in=WhyContested.values), name="why_contested_is_known"
            ),
            models.CheckConstraint(
                condition=Q(enters__in=EntersAs.values), name="enters_as_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison"], condition=Q(superseded_at=None), name="one_live_triage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.why}"
