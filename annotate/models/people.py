"""Who is here: users who sign in, annotators who judge, and their part in a project."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel

PSEUDONYM_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look alike


def new_pseudonym() -> str:
    return "".join(secrets.choice(PSEUDONYM_ALPHABET) for _position in range(10))


class User(AbstractUser):
    """Somebody with a log-in. What they judge belongs to their annotator, not to this row."""

    language = models.CharField(_("language"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @property
    def is_site_admin(self) -> bool:
        return self.is_active and self.is_superuser


class AnnotatorKind(models.TextChoices):
    PERSON = "person", _("person")
    IMPORTED = "imported", _("imported")
    SIMULATED = "simulated", _("simulated")
    MODEL = "model", _("model")


HUMAN_KINDS = (AnnotatorKind.PERSON, AnnotatorKind.IMPORTED)


class Annotator(PublicModel):
    """The owner of judgements, under a pseudonym that outlives the user's account."""

    pseudonym = models.CharField(_("pseudonym"), max_length=40, unique=True, default=new_pseudonym)
    kind = models.CharField(
        _("kind"), max_length=9, choices=AnnotatorKind, default=AnnotatorKind.PERSON
    )
    user = models.OneToOneField(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="annotator",
        verbose_name=_("user"),
    )
    simulation = models.JSONField(  # error rate and side bias, if simulated
        _("simulation"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("annotator")
        verbose_name_plural = _("annotators")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AnnotatorKind.values), name="annotator_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(kind=AnnotatorKind.PERSON),
                name="only_a_person_has_a_user",
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class Role(models.TextChoices):
    """Cumulative: a lead may do all that a reviewer may, a reviewer all that an annotator may."""

    ANNOTATOR = "annotator", _("annotator")
    REVIEWER = "reviewer", _("reviewer")
    LEAD = "lead", _("lead")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Standing(models.TextChoices):
    """How somebody stands by their answers to gold."""

    FINE = "fine", _("fine")
    WARNED = "warned", _("warned")
    PAUSED = "paused", _("paused on gold")
    FAILED = "failed", _("quiz not passed")


class Membership(PublicModel):
    """An annotator's part in one project, with their place in its queue."""

    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="memberships", verbose_name=_("annotator")
    )
    project = models.ForeignKey(
        "annotate.Project", models.CASCADE, related_name="memberships", verbose_name=_("project")
    )
    role = models.CharField(_("role"), max_length=9, choices=Role, default=Role.ANNOTATOR)
    cohort = models.CharField(_("cohort"), max_length=60, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    guidelines_read = models.PositiveIntegerField(  # the version they last opened
        _("version of the guidelines read"), default=0
    )
    joined_at = models.DateTimeField(_("joined at"), db_default=Now(), editable=False)
    left_at = models.DateTimeField(  # whoever is only paused has not left
        _("left at"), null=True, blank=True, editable=False
    )
    standing = models.CharField(
        _("standing"),
        max_length=6,
        choices=Standing,
        default=Standing.FINE,
        db_default=Standing.FINE,
        editable=False,
    )
    quiz_passed_at = models.DateTimeField(_("quiz passed at"), null=True, editable=False)
    standing_since = models.DateTimeField(_("standing since"), null=True, editable=False)
    # A lead let them go on: what they said of gold before is not held against them.
    gold_since = models.DateTimeField(_("gold counted since"), null=True, editable=False)

    # The claim walks the queue once for each epoch, so its cost does not grow with history.
    queue_epoch = models.PositiveIntegerField(  # the project's, when the walk began
        _("queue epoch"), default=0
    )
    cursor = models.BigIntegerField(  # queue_key of the last claim
        _("cursor"), null=True, blank=True
    )
    # The project's n_slots_freed before a whole walk found nothing: while it is still the same,
    # another walk would find nothing too.
    n_freed_when_exhausted = models.PositiveBigIntegerField(
        _("slots freed when exhausted"), null=True, blank=True
    )
    n_sides_drawn = models.PositiveIntegerField(  # place in the secret permuted blocks
        _("sides drawn"), default=0
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "project"], name="one_membership_per_project"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(left_at=None),
                name="nobody_active_has_left",
            ),
            models.CheckConstraint(
                condition=models.Q(standing__in=Standing.values), name="standing_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} · {self.project} · {self.role}"


class ApiToken(PublicModel):
    """A key to the API; only its hash is kept, so a copy of the database cannot call us."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(  # shown in lists, so that people can tell them apart
        _("prefix"), max_length=12
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"
