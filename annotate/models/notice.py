"""What is told of a project or of the installation, by which rule, and who has read it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import User
from annotate.models.project import Project


class NoticeKind(models.TextChoices):
    """All that is ever told. What is measured is open until it is so no more."""

    ALPHA_LOW = "alpha_low", _("agreement is low")
    PERSON_LOW = "person_low", _("a person agrees with the others less than chance")
    POSITION = "position", _("one side is preferred")
    HASTE = "haste", _("judgements faster than anybody reads")
    QUEUE = "queue", _("the queue will be empty soon")
    IMPORT_FAILED = "import_failed", _("an import failed")
    RUN_FAILED = "run_failed", _("a run failed")
    PROPOSAL = "proposal", _("a proposal waits for a decision")
    DISK = "disk", _("the disk is nearly full")


class NoticeRule(models.Model):
    """A project's own word on one kind; without a row, the usual holds."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="notice_rules")
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind)
    is_on = models.BooleanField(_("is told"), default=True)
    bound = models.FloatField(_("bound"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule of notices")
        verbose_name_plural = _("rules of notices")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"], name="one_rule_for_a_kind_in_a_project"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="kind_of_rule_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.kind}"


class Notice(PublicModel):
    """One event, or one state of affairs for as long as it lasts."""

    project = models.ForeignKey(  # none: of the installation
        Project,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("project"),
    )
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind)
    subject = models.CharField(  # a pseudonym, the id of an import, …; empty: the whole of it
        _("subject"), max_length=64, blank=True
    )
    facts = models.JSONField(_("facts"), default=dict)
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    opening_told_at = models.DateTimeField(_("told at"), null=True, blank=True, editable=False)
    end_told_at = models.DateTimeField(_("end told at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="kind_of_notice_is_known"
            ),
            models.UniqueConstraint(
                fields=["project", "kind", "subject"],
                condition=Q(resolved_at=None),
                name="one_open_notice_of_a_subject",
            ),
            models.UniqueConstraint(  # SQLite takes no two nulls for the same
                fields=["kind", "subject"],
                condition=Q(resolved_at=None, project=None),
                name="one_open_notice_of_the_installation",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "opened_at"], name="notices_of_project"),
            models.Index(fields=["kind", "subject"], name="notices_of_subject"),
            models.Index(
                fields=["project"],
                condition=Q(opening_told_at=None) | Q(end_told_at=None),
                name="notices_to_be_told",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class NoticeReading(models.Model):
    """What one person did with a notice."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notice_readings")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)

    class Meta:
        verbose_name = _("reading of a notice")
        verbose_name_plural = _("readings of notices")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "notice"], name="one_reading_of_a_notice_by_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.notice_id}"


class NoticeChoice(models.Model):
    """How one person hears of a kind, in all projects or, where that is named, in one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notice_choices")
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind)
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="notice_choices"
    )
    on_page = models.BooleanField(_("on the page"), default=True)
    by_email = models.BooleanField(_("by e-mail"), default=False)

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "project"], name="one_choice_of_a_person_in_a_project"
            ),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(project=None),
                name="one_choice_of_a_person_for_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="kind_of_choice_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"
