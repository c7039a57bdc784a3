"""A view of a project's comparisons that somebody keeps under a name."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import Annotator
from annotate.models.project import Project


class SavedView(PublicModel):
    """Filters and an order under a name; its link is for whoever may see the comparisons."""

    project = models.ForeignKey(
        Project,
        models.CASCADE,
        db_index=False,  # `one_saved_view_per_name` begins with it
        related_name="saved_views",
        verbose_name=_("project"),
    )
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(_("filters"), max_length=4000, blank=True)  # as an address holds it
    is_for_leads = models.BooleanField(_("for leads"), default=False)  # some filter of it is
    saved_by = models.ForeignKey(
        Annotator,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    saved_at = models.DateTimeField(_("saved at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_saved_view_per_name"),
        ]

    def __str__(self) -> str:
        return self.name
