"""When a recipe is carried out without anybody at the desk, and what was found each time."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import PublicModel
from training.models.recipe import Recipe
from training.models.round import Round


class ScheduleTrigger(models.TextChoices):
    """What lets a schedule come due."""

    PREFERENCES = "preferences", _("new preferences")
    CALENDAR = "calendar", _("the calendar")
    WEBHOOK = "webhook", _("another system, by webhook")
    HAND = "hand", _("somebody’s press alone")


def nothing_asked() -> dict[str, list[object]]:
    return {"all": []}


class ScheduleOutcome(models.TextChoices):
    """What came of looking at a schedule."""

    NOT_DUE = "not_due", _("not due")
    WAITS_FOR_ROUND = "waits_for_round", _("waits for a round to end")
    WAITS_FOR_QUIET = "waits_for_quiet", _("waits for the quiet hours to end")
    WAITS_FOR_COOLDOWN = "waits_for_cooldown", _("waits for the cool-down")
    WAITS_FOR_CONDITIONS = "waits_for_conditions", _("waits for its conditions")
    LAPSED = "lapsed", _("came due, and did not start")
    REFUSED = "refused", _("could not be started")
    STARTED = "started", _("started")


class Schedule(PublicModel):
    """A recipe with what lets it start: a trigger, conditions, and times when it may not.

    `due_at` is set from the moment when it comes due until it has started or lapsed: however often
    its trigger speaks meanwhile, one round comes of it.
    """

    recipe = models.ForeignKey(
        Recipe, models.PROTECT, related_name="schedules", verbose_name=_("recipe")
    )
    name = models.CharField(_("name"), max_length=80)
    trigger = models.CharField(_("trigger"), max_length=11, choices=ScheduleTrigger)
    every_n = models.PositiveIntegerField(  # preferences resolved since the last round began
        _("new preferences"), null=True, blank=True
    )
    rule = models.CharField(_("calendar rule"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    conditions = models.JSONField(_("conditions"), default=nothing_asked)
    cooldown_hours = models.PositiveIntegerField(_("cool-down, in hours"), default=0)
    patience_hours = models.PositiveIntegerField(  # how long it waits for its conditions, once due
        _("patience, in hours"), default=0
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    # What looking at it has found so far
    next_due_at = models.DateTimeField(_("next due at"), null=True, blank=True)  # by the calendar
    due_at = models.DateTimeField(_("due since"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    held_since = models.JSONField(  # {a clause's place: since when it has been holding}
        _("held since"), default=dict, blank=True
    )
    last_outcome = models.CharField(
        _("last outcome"), max_length=20, choices=ScheduleOutcome, blank=True, default=""
    )
    last_truths = models.JSONField(_("last truths"), default=list, blank=True)
    last_reason = models.TextField(_("last reason"), blank=True, default="")

    # Counted when the project's preferences have changed
    n_since_round = models.PositiveIntegerField(_("preferences since the last round"), default=0)
    n_since_success = models.PositiveIntegerField(
        _("preferences since the last success"), default=0
    )
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    counted_since = models.JSONField(  # which round and success the counts begin with
        _("counted since"), default=list, blank=True
    )

    # Of a webhook: the digest alone, so a copy of the database cannot call us
    hook_prefix = models.CharField(_("token’s beginning"), max_length=16, blank=True)
    hook_digest = models.CharField(_("token’s digest"), max_length=64, blank=True)
    hook_made_at = models.DateTimeField(_("token made at"), null=True, blank=True)
    hook_window_at = models.DateTimeField(_("calls counted since"), null=True, blank=True)
    n_hook_calls = models.PositiveIntegerField(_("calls in this hour"), default=0)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["recipe", "name"], name="schedules_of_a_recipe_differ_in_name"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_schedule_has_a_name"),
            models.CheckConstraint(
                condition=Q(trigger__in=ScheduleTrigger.values), name="schedule_trigger_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(trigger=ScheduleTrigger.PREFERENCES)
                | Q(every_n__isnull=False, every_n__gte=1),
                name="a_schedule_by_preferences_says_how_many",
            ),
            models.CheckConstraint(
                condition=~Q(trigger=ScheduleTrigger.CALENDAR) | ~Q(rule=""),
                name="a_schedule_by_calendar_has_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(
                condition=Q(is_paused=False) | Q(due_at=None), name="nothing_is_due_while_paused"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def own_zone(self) -> ZoneInfo | None:
        """Whose clock it goes by; None where no clock decides anything."""
        has_clock = self.trigger == ScheduleTrigger.CALENDAR or self.quiet_from is not None
        return ZoneInfo(self.time_zone) if has_clock else None


class ScheduleCheck(PublicModel):
    """One look at a schedule that found something new: another outcome, another clause."""

    schedule = models.ForeignKey(
        Schedule, models.CASCADE, related_name="checks", verbose_name=_("schedule")
    )
    checked_at = models.DateTimeField(_("checked at"))
    outcome = models.CharField(_("outcome"), max_length=20, choices=ScheduleOutcome)
    holds = models.BooleanField(_("conditions hold"), null=True)  # null: not known
    clauses = models.JSONField(  # each with its value, interval and count
        _("clauses"), default=list
    )
    reason = models.TextField(_("reason"), blank=True)  # where it could not be started
    due_at = models.DateTimeField(_("due since"), null=True, blank=True)
    round = models.OneToOneField(
        Round,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="schedule_check",
        verbose_name=_("round"),
    )
    asked_by = models.ForeignKey(  # who pressed
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )

    class Meta:
        verbose_name = _("check of a schedule")
        verbose_name_plural = _("checks of schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=ScheduleOutcome.values), name="check_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=ScheduleOutcome.STARTED, round__isnull=False)
                | ~Q(outcome=ScheduleOutcome.STARTED) & Q(round=None),
                name="a_check_that_started_has_its_round",
            ),
            # Two schedulers, one due time: the second meets this.
            models.UniqueConstraint(
                fields=["schedule", "due_at"],
                condition=Q(outcome=ScheduleOutcome.STARTED, due_at__isnull=False),
                name="a_due_time_starts_one_round",
            ),
        ]
        indexes = [models.Index(fields=["schedule", "-checked_at"], name="schedule_history")]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.outcome}"

    @property
    def has_started(self) -> bool:
        return self.outcome == ScheduleOutcome.STARTED
