"""Names that a project gives to checkpoints. A row is never changed: the newest of a name holds."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Project, PublicModel
from training.models.checkpoint import Checkpoint, CheckpointKind

CHAMPION = "champion"  # the one to use; only a proposal or going back changes it
CHALLENGER = "challenger"


class ModelRole(models.TextChoices):
    """What a checkpoint is used as: a project has a champion of each."""

    POLICY = "policy", _("policy")
    REWARD_MODEL = "reward_model", _("reward model")

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "ModelRole":
        is_reward_model = checkpoint.kind == CheckpointKind.REWARD_MODEL
        return cls.REWARD_MODEL if is_reward_model else cls.POLICY


class AliasOrigin(models.TextChoices):
    HAND = "hand", _("named by hand")
    PROPOSAL = "proposal", _("proposed and accepted")
    ROLLBACK = "rollback", _("gone back to")
    BEFORE = "before", _("in use before names were kept")


class AliasQuerySet(QuerySet["Alias"]):
    def current(self) -> "AliasQuerySet":
        """The newest row of each name, where that still names a checkpoint."""
        newer = Alias.objects.filter(
            project=OuterRef("project"),
            role=OuterRef("role"),
            name=OuterRef("name"),
            number__gt=OuterRef("number"),
        )
        return self.filter(~Exists(newer), checkpoint__isnull=False)

    def champions(self) -> "AliasQuerySet":
        return self.current().filter(name=CHAMPION)


class Alias(PublicModel):
    """One line of a name's history: from `set_at` on it meant this checkpoint, or none."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="aliases", verbose_name=_("project")
    )
    role = models.CharField(_("used as"), max_length=12, choices=ModelRole)
    name = models.SlugField(_("name"), max_length=40)
    number = models.PositiveIntegerField(_("number"))  # in the history of the name, from 1
    checkpoint = models.ForeignKey(
        Checkpoint,
        models.PROTECT,
        null=True,  # the name was taken back
        blank=True,
        related_name="aliases",
        verbose_name=_("checkpoint"),
    )
    origin = models.CharField(_("how"), max_length=8, choices=AliasOrigin)
    proposal = models.OneToOneField(
        "training.Proposal",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alias",
        verbose_name=_("proposal"),
    )
    restores = models.ForeignKey(  # of going back: the line whose checkpoint it is
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("gone back to"),
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.TextField(_("why"), blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    set_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)

    objects = AliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("name of a checkpoint")
        verbose_name_plural = _("names of checkpoints")
        constraints = [
            models.UniqueConstraint(  # of two who write at once, the database lets one
                fields=["project", "role", "name", "number"], name="one_line_per_number"
            ),
            models.CheckConstraint(
                condition=Q(role__in=ModelRole.values), name="alias_role_is_known"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="alias_numbers_start_at_one"),
            models.CheckConstraint(
                condition=Q(origin=AliasOrigin.PROPOSAL, proposal__isnull=False, restores=None)
                | Q(origin=AliasOrigin.ROLLBACK, proposal=None)
                | Q(
                    origin__in=[AliasOrigin.HAND, AliasOrigin.BEFORE], proposal=None, restores=None
                ),
                name="an_alias_says_where_it_comes_from",
            ),
            models.CheckConstraint(
                condition=~Q(name=CHAMPION) | ~Q(origin=AliasOrigin.HAND),
                name="nobody_names_the_champion_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


def with_is_champion(checkpoints: QuerySet[Checkpoint]) -> QuerySet[Checkpoint]:
    """Say of each checkpoint whether some project uses it: `is_promoted`."""
    champions = Alias.objects.champions().filter(checkpoint=OuterRef("pk"))
    return checkpoints.annotate(is_promoted=Exists(champions))  # type: ignore[no-redef]
