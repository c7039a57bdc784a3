"""Logged steps of a run taken together, so that a long one is drawn without reading them all."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.models.run import Run


class MetricStretch(models.Model):
    """All that one phase logged in `WIDTH` steps running, once later steps have been logged.

    Made from RunMetric, which stays, by runs/stretches.py alone.
    """

    WIDTH = 64

    run = models.ForeignKey(
        Run,
        models.CASCADE,
        db_index=False,  # `one_stretch_per_number` begins with it
        related_name="stretches",
        verbose_name=_("run"),
    )
    phase = models.CharField(_("phase"), max_length=20)
    number = models.PositiveIntegerField(_("number"))  # of steps from number × WIDTH on
    n_logged = models.PositiveSmallIntegerField(_("logged steps"))
    first_step = models.PositiveIntegerField(_("first step"))
    last_step = models.PositiveIntegerField(_("last step"))
    first_at = models.DateTimeField(_("first logged at"))
    last_at = models.DateTimeField(_("last logged at"))
    # {figure: [how many values, mean, step and value of the lowest, and of the highest]}
    figures = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("stretch of logged steps")
        verbose_name_plural = _("stretches of logged steps")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "phase", "number"], name="one_stretch_per_number"
            ),
            models.CheckConstraint(
                condition=models.Q(n_logged__gte=1), name="a_stretch_has_logged_steps"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.phase} {self.number}"
