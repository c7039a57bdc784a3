"""Models that meet blind: an arena, its contestants, what they wrote, and who met whom."""

import secrets

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison, Completion, Prompt
from annotate.models.people import Annotator
from annotate.models.project import Project

SEED_BITS = 31


def new_seed() -> int:
    return secrets.randbits(SEED_BITS)


class ArenaState(models.TextChoices):
    PREPARING = "preparing", _("being prepared")  # answers are still awaited
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Arena(PublicModel):
    """Contestants whose answers to the same held-out prompts meet two at a time, blind.

    What is judged are ordinary comparisons of the project, drawn a few at a time.
    """

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="arenas", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(
        _("state"), max_length=9, choices=ArenaState, default=ArenaState.PREPARING
    )
    prompts = models.ManyToManyField(Prompt, related_name="+", verbose_name=_("prompts"))
    eval_share = models.FloatField(  # of prompts that are held out: all of these are
        _("held-out share"), default=0.1
    )
    wanted = models.PositiveSmallIntegerField(_("judgements of a meeting"), default=1)
    target = models.PositiveIntegerField(_("judgements wanted in all"))
    stops_when_decided = models.BooleanField(_("ends once every pair is decided"), default=True)
    seed = models.PositiveIntegerField(_("seed"), default=new_seed, editable=False)
    n_drawn = models.PositiveIntegerField(_("meetings drawn"), default=0, editable=False)
    is_drawn_out = models.BooleanField(  # nobody can meet any more on any prompt
        _("all have met"), default=False, editable=False
    )
    created_by = models.ForeignKey(
        Annotator,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # As last computed by arena/standings.py, the one writer, from `standings_of` judgements.
    standings = models.JSONField(_("standings"), null=True, blank=True)
    standings_of = models.JSONField(_("standings of"), default=dict, blank=True)
    standings_at = models.DateTimeField(_("standings as of"), null=True, blank=True)

    class Meta:
        verbose_name = _("arena")
        verbose_name_plural = _("arenas")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ArenaState.values), name="arena_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(eval_share__gt=0, eval_share__lt=1), name="arena_holds_prompts_out"
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=1, target__gte=1), name="arena_wants_judgements"
            ),
            models.CheckConstraint(
                condition=Q(state=ArenaState.CLOSED, closed_at__isnull=False)
                | ~Q(state=ArenaState.CLOSED) & Q(closed_at=None),
                name="a_closed_arena_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Contestant(models.Model):
    """Who meets in an arena: a model by its origin, and which of its answers to a prompt.

    Two contestants of one origin are copies: they are not to be told apart.
    """

    arena = models.ForeignKey(
        Arena, models.CASCADE, related_name="contestants", verbose_name=_("arena")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=120)
    origin = models.CharField(_("origin"), max_length=200)  # as of a completion
    sample = models.PositiveSmallIntegerField(_("sample"), default=0)
    answered_at = models.DateTimeField(  # all that it will answer is there
        _("answered at"), null=True, blank=True
    )
    # False: no training here that led to it had the arena's prompts. Null: nobody here knows.
    has_seen_prompts = models.BooleanField(
        _("has learnt from the prompts"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("contestant")
        verbose_name_plural = _("contestants")
        constraints = [
            models.UniqueConstraint(fields=["arena", "number"], name="one_contestant_a_number"),
            models.UniqueConstraint(fields=["arena", "name"], name="one_contestant_a_name"),
            models.UniqueConstraint(
                fields=["arena", "origin", "sample"], name="one_contestant_a_sample"
            ),
            models.CheckConstraint(
                condition=Q(has_seen_prompts=None) | Q(has_seen_prompts=False),
                name="nobody_enters_who_has_seen_the_prompts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """A contestant's answer to a prompt, with what an answer may please by."""

    contestant = models.ForeignKey(
        Contestant, models.CASCADE, related_name="entries", verbose_name=_("contestant")
    )
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="+", verbose_name=_("prompt"))
    completion = models.ForeignKey(
        Completion, models.PROTECT, related_name="+", verbose_name=_("completion")
    )
    n_characters = models.PositiveIntegerField(_("characters"))
    n_marks = models.PositiveIntegerField(_("marks of layout"))  # headings, lists, bold, code

    class Meta:
        verbose_name = _("answer in an arena")
        verbose_name_plural = _("answers in arenas")
        constraints = [
            models.UniqueConstraint(fields=["contestant", "prompt"], name="one_entry_a_prompt"),
        ]

    def __str__(self) -> str:
        return f"{self.contestant_id}: {self.prompt_id}"


class Meeting(models.Model):
    """Two contestants on one prompt, as they were drawn; `probability` is that of this draw."""

    arena = models.ForeignKey(
        Arena, models.CASCADE, related_name="meetings", verbose_name=_("arena")
    )
    number = models.PositiveIntegerField(_("number"))
    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="meetings", verbose_name=_("comparison")
    )
    first = models.ForeignKey(  # who wrote the comparison's first completion
        Contestant, models.CASCADE, related_name="+", verbose_name=_("first contestant")
    )
    second = models.ForeignKey(
        Contestant, models.CASCADE, related_name="+", verbose_name=_("second contestant")
    )
    probability = models.FloatField(_("probability of being drawn"))
    # It was in the queue already: closing the arena leaves it there.
    is_adopted = models.BooleanField(_("adopted"), default=False)
    # An arena's end archived its comparison: to reopen brings back those, and nothing that a
    # person archived.
    is_put_away = models.BooleanField(_("put away"), default=False, editable=False)
    drawn_at = models.DateTimeField(_("drawn at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(fields=["arena", "number"], name="one_meeting_a_number"),
            models.UniqueConstraint(
                fields=["arena", "comparison"], name="one_meeting_a_comparison"
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="nobody_meets_themselves"),
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1),
                name="meeting_probability_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arena_id}: {self.number}"
