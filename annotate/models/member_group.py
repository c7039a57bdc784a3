"""People of a project taken together, so that they can be found and given work as one."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import Membership
from annotate.models.project import Project

LONGEST_GROUP_NAME = 60


class MemberGroup(PublicModel):
    """Some members of one project; anybody may be in several. Whoever left is in none, and is in
    theirs again when they come back."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="member_groups", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=LONGEST_GROUP_NAME)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    members = models.ManyToManyField(
        Membership, related_name="groups", blank=True, verbose_name=_("members")
    )

    class Meta:
        verbose_name = _("group of people")
        verbose_name_plural = _("groups of people")
        constraints = [
            models.UniqueConstraint(Lower("name"), "project", name="one_group_of_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="groups_have_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
