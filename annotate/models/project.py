"""A project: one question put to people, and the rule by which their votes become preferences."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.quality_plan import QUALITY_CONSTRAINTS, QualityPlan

if TYPE_CHECKING:  # which names its project
    from annotate.models.protocol import Protocol


class ResolutionRule(models.TextChoices):
    MAJORITY = "majority", _("majority: the verdict with the largest share")
    POSTERIOR = "posterior", _("posterior: the verdict that is sure enough to be the commonest")


SMALLEST_BATCH, LARGEST_BATCH = 10, 50  # comparisons taken along


def none_or_a_batch(n_pairs: int) -> None:
    """Raises: ValidationError."""
    if n_pairs != 0 and not SMALLEST_BATCH <= n_pairs <= LARGEST_BATCH:
        raise ValidationError(_("This must be 0, or from 10 to 50."))


class Project(QualityPlan, PublicModel):
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    guidelines = models.TextField(_("guidelines"), blank=True)
    guidelines_version = models.PositiveIntegerField(_("version of the guidelines"), default=1)
    attribution = models.TextField(_("attribution of the data"), blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    is_demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    overlap = models.PositiveSmallIntegerField(
        _("overlap"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("Judgements wanted for each comparison."),
    )
    lease_seconds = models.PositiveIntegerField(
        _("lease, in seconds"),
        default=900,
        validators=[MinValueValidator(60), MaxValueValidator(86_400)],
        help_text=_("How long a comparison is held for somebody who does not answer."),
    )
    offline_pairs = models.PositiveSmallIntegerField(
        _("pairs to judge without a network"),
        default=0,
        db_default=0,
        validators=[none_or_a_batch],
        help_text=_(
            "How many comparisons one person may take along on a device: 10 to 50, or 0 for none. "
            "They stand on the device until they are judged, given back, or past their time."
        ),
    )
    offline_hours = models.PositiveSmallIntegerField(
        _("hours without a network"),
        default=24,
        db_default=24,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_("How long what was taken along is held for that person."),
    )
    shows_gold = models.BooleanField(
        _("tell people what was expected"),
        default=False,
        db_default=False,
        help_text=_(
            "Where the answer to a comparison is known (gold), whoever has judged it is told what "
            "was expected, and reads it in their history. They cannot judge it again then."
        ),
    )
    protocol = models.ForeignKey(  # what is asked now; null only until the first version is made
        "annotate.Protocol",
        models.RESTRICT,  # a project may be deleted together with its protocols
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("protocol"),
    )
    min_judgements = models.PositiveSmallIntegerField(
        _("judgements needed"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Fewer counted judgements than this resolve nothing."),
    )
    min_agreement = models.FloatField(
        _("agreement needed"),
        default=0.5,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("The winning verdict's share must be above this for a preference."),
    )
    resolution_rule = models.CharField(
        _("rule"),
        max_length=10,
        choices=ResolutionRule,
        default=ResolutionRule.MAJORITY,
        help_text=_("How judgements become a preference."),
    )
    min_posterior = models.FloatField(
        _("sureness needed"),
        default=0.9,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
        help_text=_(
            "For the rule “posterior”: the probability that most people would give the winning "
            "verdict must reach this. Where all four verdicts are offered, three judgements that "
            "agree reach 0.85 and four 0.92."
        ),
    )

    queue_epoch = models.PositiveIntegerField(  # +1: walk it afresh
        _("queue epoch"), default=1, editable=False
    )
    n_slots_freed = models.PositiveBigIntegerField(  # wakes the exhausted
        _("slots freed"), default=0, editable=False
    )

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(overlap__gte=1), name="overlap_is_at_least_one"
            ),
            models.CheckConstraint(
                condition=models.Q(min_agreement__gte=0, min_agreement__lte=1),
                name="min_agreement_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(resolution_rule__in=ResolutionRule.values),
                name="resolution_rule_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(min_posterior__gte=0.5, min_posterior__lte=0.999),
                name="min_posterior_is_a_probability",
            ),
            models.CheckConstraint(
                condition=models.Q(offline_pairs=0)
                | models.Q(offline_pairs__gte=SMALLEST_BATCH, offline_pairs__lte=LARGEST_BATCH),
                name="offline_pairs_are_none_or_a_batch",
            ),
            models.CheckConstraint(
                condition=models.Q(offline_hours__gte=1, offline_hours__lte=168),
                name="offline_hours_are_at_most_a_week",
            ),
            *QUALITY_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current_protocol(self) -> "Protocol":
        """What is asked now; a project has one from its beginning."""
        if self.protocol is None:
            raise LookupError(f"project {self.slug} has no protocol: make its first version")
        return self.protocol
