"""One change to many comparisons: long work in the background that can be stopped and undone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models.base import UNFINISHED, WorkState
from annotate.models.corpus import Comparison
from annotate.models.project import Project
from annotate.models.transfer import Transfer


class BulkChange(Transfer):
    """What is done to which comparisons. It begins with those that were there when it was asked."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="bulk_changes", verbose_name=_("project")
    )
    action = models.CharField(_("action"), max_length=20)
    value = models.CharField(_("value"), max_length=200, blank=True)
    # {"ids": [public ids]}, or {"query": what an address holds}; of an undoing neither.
    selection = models.JSONField(_("selection"), default=dict)
    undoes = models.OneToOneField(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name=_("undoes"),
    )
    up_to = models.PositiveBigIntegerField(_("up to"), default=0, editable=False)  # a comparison
    walked_to = models.PositiveBigIntegerField(_("walked to"), default=0, editable=False)
    n_changed = models.PositiveIntegerField(_("changed"), default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("change of many comparisons")
        verbose_name_plural = _("changes of many comparisons")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="bulk_change_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.action}"

    @property
    def is_over(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def was_cancelled(self) -> bool:
        """It was stopped before its end; what it had changed until then stays."""
        is_whole = self.n_total is not None and self.n_done >= self.n_total
        return self.is_over and self.cancel_requested_at is not None and not is_whole


class BulkChangeRow(models.Model):
    """What one comparison was before and after a change: undone is what still is as after."""

    change = models.ForeignKey(
        BulkChange, models.CASCADE, db_index=False, related_name="rows", verbose_name=_("change")
    )
    comparison = models.ForeignKey(
        Comparison, models.CASCADE, related_name="+", verbose_name=_("comparison")
    )
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("changed comparison")
        verbose_name_plural = _("changed comparisons")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "comparison"], name="a_change_changes_a_comparison_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison_id}: {self.before} → {self.after}"
