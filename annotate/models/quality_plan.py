"""How a project looks after quality: what it hands out beside the queue, and what follows."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

OFTENEST, RAREST = 4, 200  # one of so many comparisons that somebody is given
SHORTEST_QUIZ, LONGEST_QUIZ = 3, 50  # gold comparisons


def none_or_one_of(n: int) -> None:
    """Raises: ValidationError."""
    if n != 0 and not OFTENEST <= n <= RAREST:
        raise ValidationError(_("This must be 0, or from 4 to 200."))


class AfterGold(models.TextChoices):
    """What happens to somebody who is right less often than the floor."""

    NOTHING = "nothing", _("nothing: the page of quality says it")
    WARN = "warn", _("they are told")
    PAUSE = "pause", _("they are told, and later paused until a lead lets them go on")


def none_or_a_probability(value: float) -> None:
    """Raises: ValidationError."""
    if value != 0 and not 0.5 <= value <= 0.999:
        raise ValidationError(_("This must be 0, or from 0.5 to 0.999."))


def none_or_a_quiz(n: int) -> None:
    """Raises: ValidationError."""
    if n != 0 and not SHORTEST_QUIZ <= n <= LONGEST_QUIZ:
        raise ValidationError(_("This must be 0, or from 3 to 50."))


class QualityPlan(models.Model):
    """What a project does for quality; all of it off until a lead turns it on."""

    repeat_every = models.PositiveSmallIntegerField(
        _("one silent repeat in"),
        default=0,
        db_default=0,
        validators=[none_or_one_of],
        help_text=_(
            "Of so many comparisons that somebody is given, one is theirs from before, with the "
            "sides exchanged. 0 repeats nothing."
        ),
    )
    repeat_after = models.PositiveSmallIntegerField(
        _("repeat after"),
        default=50,
        db_default=50,
        validators=[MinValueValidator(5), MaxValueValidator(500)],
        help_text=_("At least so many judgements of theirs lie between the two."),
    )
    gold_every = models.PositiveSmallIntegerField(
        _("one gold comparison in"),
        default=0,
        db_default=0,
        validators=[none_or_one_of],
        help_text=_(
            "Of so many comparisons that somebody is given, one has a known answer, whatever the "
            "queue holds. 0 leaves gold to the queue."
        ),
    )
    gold_floor = models.FloatField(
        _("right on gold, at least"),
        default=0.7,
        db_default=0.7,
        validators=[MinValueValidator(0.05), MaxValueValidator(0.99)],
        help_text=_("Whoever is right less often, beyond doubt, is dealt with as chosen below."),
    )
    gold_fewest = models.PositiveSmallIntegerField(
        _("gold comparisons before that"),
        default=20,
        db_default=20,
        validators=[MinValueValidator(5), MaxValueValidator(500)],
        help_text=_("Nothing follows from fewer."),
    )
    after_gold = models.CharField(
        _("what happens"),
        max_length=7,
        choices=AfterGold,
        default=AfterGold.NOTHING,
        db_default=AfterGold.NOTHING,
    )

    quiz_size = models.PositiveSmallIntegerField(
        _("quiz before work"),
        default=0,
        db_default=0,
        validators=[none_or_a_quiz],
        help_text=_(
            "So many gold comparisons come before anything else, for every annotator who has not "
            "passed; reviewers and leads have no quiz. 0 for none."
        ),
    )
    quiz_needed = models.PositiveSmallIntegerField(
        _("right answers to pass"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_QUIZ)],
        help_text=_("Whoever has fewer is paused until a lead lets them try again."),
    )

    closes_at = models.FloatField(
        _("close a comparison once sure to"),
        default=0.0,
        db_default=0.0,
        validators=[none_or_a_probability],
        help_text=_(
            "The probability that most people would give the winning verdict. Then nobody more is "
            "asked; the overlap in the settings is the most. Of four verdicts, three judgements "
            "that agree reach 0.85 and four 0.92. 0 asks for the overlap each time."
        ),
    )
    fewest_judgements = models.PositiveSmallIntegerField(
        _("fewest judgements before that"),
        default=2,
        db_default=2,
        validators=[MinValueValidator(2), MaxValueValidator(50)],
        help_text=_("Agreement is measured on so many of each comparison, the first."),
    )
    control_every = models.PositiveSmallIntegerField(
        _("one control comparison in"),
        default=10,
        db_default=10,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text=_(
            "One of so many, drawn by lot, gets the full overlap all the same: it shows what "
            "closing early saves and costs. Nobody who judges is told which."
        ),
    )

    class Meta:
        abstract = True


# What decides how many judgements comparisons want, besides the project's overlap.
OVERLAP_SETTINGS = ("closes_at", "fewest_judgements", "control_every")
QUALITY_SETTINGS = tuple(field.name for field in QualityPlan._meta.local_fields)


def _is_none_or_one_of(field: str) -> Q:
    return Q(**{field: 0}) | Q(**{f"{field}__gte": OFTENEST, f"{field}__lte": RAREST})


QUALITY_CONSTRAINTS = [
    models.CheckConstraint(
        condition=_is_none_or_one_of("repeat_every"), name="repeat_every_is_none_or_in_range"
    ),
    models.CheckConstraint(
        condition=Q(repeat_after__gte=5, repeat_after__lte=500), name="repeat_after_is_in_range"
    ),
    models.CheckConstraint(
        condition=_is_none_or_one_of("gold_every"), name="gold_every_is_none_or_in_range"
    ),
    models.CheckConstraint(
        condition=Q(gold_floor__gte=0.05, gold_floor__lte=0.99), name="gold_floor_is_a_share"
    ),
    models.CheckConstraint(
        condition=Q(gold_fewest__gte=5, gold_fewest__lte=500), name="gold_fewest_is_in_range"
    ),
    models.CheckConstraint(
        condition=Q(quiz_size=0)
        | Q(
            quiz_size__gte=SHORTEST_QUIZ,
            quiz_size__lte=LONGEST_QUIZ,
            quiz_needed__lte=F("quiz_size"),
        ),
        name="a_quiz_can_be_passed",
    ),
    models.CheckConstraint(
        condition=Q(closes_at=0) | Q(closes_at__gte=0.5, closes_at__lte=0.999),
        name="closes_at_is_none_or_a_probability",
    ),
    models.CheckConstraint(
        condition=Q(fewest_judgements__gte=2, fewest_judgements__lte=50),
        name="fewest_judgements_are_in_range",
    ),
    models.CheckConstraint(
        condition=Q(control_every__gte=2, control_every__lte=100),
        name="control_every_is_in_range",
    ),
    models.CheckConstraint(
        condition=Q(after_gold__in=AfterGold.values), name="after_gold_is_known"
    ),
]
