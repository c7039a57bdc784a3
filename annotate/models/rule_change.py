"""A changed rule reaches what was judged before it: long work, in the background."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models.base import WorkState
from annotate.models.project import Project
from annotate.models.transfer import Transfer


class RuleChange(Transfer):
    """A walk over a project's judged comparisons, each resolved by the rule that now holds."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="rule_changes", verbose_name=_("project")
    )
    walked_to = models.PositiveBigIntegerField(  # the comparison from which another worker goes on
        _("walked to"), default=0, editable=False
    )
    n_changed = models.PositiveIntegerField(_("changed"), default=0)

    class Meta:
        verbose_name = _("change of the rule")
        verbose_name_plural = _("changes of the rule")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="rule_change_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.project)
