"""What is done of itself, again and again: a chain of steps, kept in versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Project, PublicModel


class Recipe(PublicModel):
    """A named chain of steps on the preferences of one project."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="recipes", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=80)
    is_paused = models.BooleanField(_("paused"), default=False)  # it starts no round, for nobody
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("recipe")
        verbose_name_plural = _("recipes")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="recipes_of_a_project_differ_in_name"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_recipe_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RecipeVersion(models.Model):
    """The chain as it stood at one time: never changed, as rounds were made by it."""

    recipe = models.ForeignKey(
        Recipe, models.CASCADE, related_name="versions", verbose_name=_("recipe")
    )
    number = models.PositiveIntegerField(_("number"))
    steps = models.JSONField(_("steps"))  # checked objects, in their order
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("version of a recipe")
        verbose_name_plural = _("versions of recipes")
        constraints = [
            models.UniqueConstraint(
                fields=["recipe", "number"], name="versions_of_a_recipe_are_numbered"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_count_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} · {self.number}"
