"""What is judged: prompts, their completions, comparisons of two, and sets to be ranked."""

import secrets
from collections.abc import Sequence

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.project import Project
from annotate.models.verdict import Verdict

RAND_KEY_BITS = 40
FEWEST_RANKED, MOST_RANKED = 3, 9  # completions of a set; two are an ordinary comparison


def new_rand_key() -> int:
    return secrets.randbits(RAND_KEY_BITS)


def squared(field: str) -> models.Expression:
    """In 32 bits: PostgreSQL squares a small integer into another small integer."""
    return Cast(field, models.IntegerField()) * Cast(field, models.IntegerField())


class Prompt(PublicModel):
    """A conversation that waits for an answer: messages in chat roles, ending with the user's."""

    project = models.ForeignKey(
        Project,
        models.PROTECT,
        db_index=False,  # `one_prompt_per_text` begins with it
        related_name="prompts",
        verbose_name=_("project"),
    )
    messages = models.JSONField(  # [{"role", "content"}]; content a string, or a list of parts
        _("messages")
    )
    digest = models.CharField(  # of the canonical messages; text is never indexed
        _("digest"), max_length=64
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=40, blank=True)
    external_id = models.CharField(_("external id"), max_length=200, blank=True)
    source = models.ForeignKey(  # of a prompt that came without answers
        "annotate.Import",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,  # by an index of those that have one
        related_name="prompts",
        verbose_name=_("import"),
    )
    # Somebody wants it answered; see imports/unanswered.py for whether it still waits.
    awaits_answers = models.BooleanField(_("awaits answers"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        constraints = [
            models.UniqueConstraint(fields=["project", "digest"], name="one_prompt_per_text"),
        ]
        indexes = [
            models.Index(
                fields=["project", "id"],
                condition=Q(awaits_answers=True),
                name="prompts_awaiting_answers",
            ),
            models.Index(
                fields=["source"], condition=Q(source__isnull=False), name="prompts_of_import"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Completion(PublicModel):
    """One answer to a prompt, with where it came from: never shown to annotators."""

    prompt = models.ForeignKey(
        Prompt,
        models.PROTECT,
        db_index=False,  # `one_completion_per_text_and_origin` begins with it
        related_name="completions",
        verbose_name=_("prompt"),
    )
    text = models.TextField(_("text"))
    digest = models.CharField(_("digest"), max_length=64)
    origin = models.CharField(  # a model's name, or a checkpoint digest
        _("origin"), max_length=200, blank=True
    )
    sampling = models.JSONField(_("sampling"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [
            models.UniqueConstraint(
                fields=["prompt", "digest", "origin"], name="one_completion_per_text_and_origin"
            ),
        ]
        indexes = [  # what a model wrote; SQLite takes it where the query repeats the condition
            models.Index(
                fields=["origin"], condition=Q(origin__gt=""), name="completions_of_models"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class CompletionSet(PublicModel):
    """Completions of one prompt that are ranked together, not pair by pair.

    Its comparisons are all their pairs. One of those represents it: that one is handed out, and
    holds its leases, skips and slots; the others are derived.
    """

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="completion_sets", verbose_name=_("project")
    )
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, related_name="completion_sets", verbose_name=_("prompt")
    )
    size = models.PositiveSmallIntegerField(_("completions"))

    class Meta:
        verbose_name = _("set of completions")
        verbose_name_plural = _("sets of completions")
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=FEWEST_RANKED, size__lte=MOST_RANKED),
                name="set_has_three_to_nine_completions",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class SetMember(models.Model):
    """A completion in a set; its number says nothing, but keeps an order for what is shown."""

    completion_set = models.ForeignKey(
        CompletionSet, models.CASCADE, related_name="members", verbose_name=_("set of completions")
    )
    completion = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("completion")
    )
    number = models.PositiveSmallIntegerField(_("number"))

    class Meta:
        verbose_name = _("completion of a set")
        verbose_name_plural = _("completions of sets")
        constraints = [
            models.UniqueConstraint(
                fields=["completion_set", "completion"], name="a_completion_is_once_in_a_set"
            ),
            models.UniqueConstraint(
                fields=["completion_set", "number"], name="one_member_per_number"
            ),
            models.CheckConstraint(
                condition=Q(number__lt=MOST_RANKED), name="member_number_is_below_nine"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.completion_set_id}: {self.number}"


class ComparisonState(models.TextChoices):
    STAGED = "staged", _("staged")  # not published yet: invisible
    OPEN = "open", _("open")
    # A reviewer is to decide; nobody else is asked.
    ADJUDICATION = "adjudication", _("to be adjudicated")
    # A reviewer has decided, and that stands whatever votes come.
    ADJUDICATED = "adjudicated", _("adjudicated")
    ARCHIVED = "archived", _("archived")


class Comparison(PublicModel):
    """Two completions of one prompt, and how many judgements of them are wanted.

    `first` is the completion with the lower public id: so neither side carries a meaning.
    """

    project = models.ForeignKey(
        Project,
        models.PROTECT,
        db_index=False,  # `comparison_by_age` begins with it
        related_name="comparisons",
        verbose_name=_("project"),
    )
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, related_name="comparisons", verbose_name=_("prompt")
    )
    first = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("first completion")
    )
    second = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("second completion")
    )
    completion_set = models.ForeignKey(  # where more than two are ranked together
        CompletionSet,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # by an index of those that are of a set
        related_name="comparisons",
        verbose_name=_("set of completions"),
    )
    # Judged by rankings of its set alone, whose representative is another comparison.
    is_derived = models.BooleanField(_("derived"), default=False, db_default=False)
    source = models.ForeignKey(
        "annotate.Import",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="comparisons",
        verbose_name=_("import"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=ComparisonState, default=ComparisonState.OPEN
    )
    wanted = models.PositiveSmallIntegerField(_("judgements wanted"))
    # Where its votes say how many are wanted, so many at the most; 0 where the number is fixed.
    most = models.PositiveSmallIntegerField(
        _("most judgements"), default=0, db_default=0, editable=False
    )
    # Drawn by lot to get the full overlap, so that what closing early saves is known.
    is_control = models.BooleanField(_("control"), default=False, db_default=False, editable=False)
    n_counted = models.PositiveSmallIntegerField(  # live counted judgements
        _("judgements counted"), default=0
    )
    n_leased = models.PositiveSmallIntegerField(_("leased"), default=0)  # live leases
    n_skips = models.PositiveSmallIntegerField(_("skips"), default=0)
    # verdict counts of the live counted judgements; comparisons/slots.py alone changes them
    n_first = models.PositiveSmallIntegerField(_("votes for the first"), default=0)
    n_second = models.PositiveSmallIntegerField(_("votes for the second"), default=0)
    n_tie = models.PositiveSmallIntegerField(_("votes for a tie"), default=0)
    n_both_bad = models.PositiveSmallIntegerField(_("votes for both bad"), default=0)
    gold_verdict = models.CharField(_("gold verdict"), max_length=8, choices=Verdict, blank=True)
    gold_also = models.CharField(  # where either is right
        _("also right"), max_length=8, choices=Verdict, blank=True, default="", db_default=""
    )
    recorded_verdict = models.CharField(  # came with it
        _("recorded verdict"), max_length=8, choices=Verdict, blank=True
    )
    # Votes came with it whose voters knew `second` as the first answer: for agreement, which
    # depends on what they called the same.
    is_swapped = models.BooleanField(_("swapped"), default=False, editable=False)
    repeat_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # by an index of the repeats
        related_name="+",
        verbose_name=_("repeat of"),
    )
    # A lead wants a reviewer to decide it, whatever the votes say.
    awaits_ruling = models.BooleanField(_("awaits a ruling"), default=False, db_default=False)
    priority = models.IntegerField(_("priority"), default=0)  # lower is sooner
    rand_key = models.BigIntegerField(_("random key"), default=new_rand_key, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    queue_key = models.GeneratedField(  # one column orders the queue: priority, then chance
        expression=F("priority") * 2**RAND_KEY_BITS + F("rand_key"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("place in the queue"),
    )
    is_open = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(state=ComparisonState.OPEN, wanted__gt=F("n_counted") + F("n_leased")),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("open"),
    )
    is_gold = models.GeneratedField(  # SQLite finds it by an index only as a column of its own
        expression=models.ExpressionWrapper(
            ~Q(gold_verdict=""), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("gold"),
    )
    n_divided = models.GeneratedField(  # counted² × (1 − Σ share²): 0 where everybody agrees
        expression=squared("n_counted")
        - squared("n_first")
        - squared("n_second")
        - squared("n_tie")
        - squared("n_both_bad"),
        output_field=models.IntegerField(),
        db_persist=True,
        verbose_name=_("division"),
    )

    # The whole set, this one among it, once `lock_comparisons` has locked it.
    mates: "Sequence[Comparison]" = ()

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted__gte=F("n_counted") + F("n_leased")), name="taken_within_wanted"
            ),
            models.CheckConstraint(
                condition=Q(n_counted=F("n_first") + F("n_second") + F("n_tie") + F("n_both_bad")),
                name="counted_is_the_sum_of_verdicts",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ComparisonState.values), name="comparison_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(first=F("second")), name="two_different_completions"
            ),
            models.CheckConstraint(
                condition=Q(priority__gte=-(2**20), priority__lte=2**20),
                name="priority_fits_the_queue_key",
            ),
            models.CheckConstraint(
                condition=Q(gold_also="")
                | (
                    Q(gold_also__in=Verdict.values)
                    & ~Q(gold_verdict="")
                    & ~Q(gold_verdict=F("gold_also"))
                ),
                name="also_right_is_beside_gold",
            ),
            models.CheckConstraint(
                condition=Q(most=0) | Q(is_control=False, completion_set=None, repeat_of=None),
                name="the_overlap_follows_votes_of_pairs_alone",
            ),
            models.CheckConstraint(  # a repeat asks one person once more, and the queue nobody
                condition=Q(repeat_of=None) | Q(gold_verdict=""), name="repeats_are_not_gold"
            ),
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(repeat_of=None),
                name="one_comparison_per_pair",
            ),
            models.CheckConstraint(
                condition=Q(is_derived=False) | Q(completion_set__isnull=False),
                name="derived_comparisons_are_of_a_set",
            ),
            models.UniqueConstraint(
                fields=["completion_set"],
                condition=Q(is_derived=False, completion_set__isnull=False),
                name="one_comparison_represents_a_set",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "queue_key"],
                condition=Q(is_open=True, is_derived=False),
                name="comparison_queue",
            ),
            models.Index(
                fields=["project"],
                condition=Q(state=ComparisonState.ADJUDICATION),
                name="comparison_adjudication",
            ),
            models.Index(fields=["project", "id"], name="comparison_by_age"),
            models.Index(
                fields=["project", "id"],
                condition=Q(state=ComparisonState.ADJUDICATED),
                name="comparison_ruled",
            ),
            models.Index(
                fields=["project", "id"],
                condition=Q(state=ComparisonState.ARCHIVED),
                name="comparison_archived",
            ),
            models.Index(
                fields=["repeat_of"],
                condition=Q(repeat_of__isnull=False),
                name="comparison_repeats",
            ),
            models.Index(
                fields=["project", "rand_key"],
                condition=Q(is_gold=True),
                name="comparison_gold",
            ),
            models.Index(
                fields=["project", "id"],
                condition=Q(is_control=True),
                name="comparison_controls",
            ),
            models.Index(
                fields=["completion_set"],
                condition=Q(completion_set__isnull=False),
                name="comparison_of_set",
            ),
            models.Index(
                fields=["project", "n_divided", "id"],
                condition=Q(n_divided__gt=0),
                name="comparison_contested",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
