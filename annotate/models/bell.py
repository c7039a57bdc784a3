"""Messages that are on their way to a worker."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Bell(models.Model):
    """A message that no worker has taken yet, kept so that it is not sent again and again."""

    task = models.CharField(_("task"), max_length=100)
    argument = models.CharField(_("argument"), max_length=64)
    rung_at = models.DateTimeField(_("rung at"))

    class Meta:
        verbose_name = _("bell")
        verbose_name_plural = _("bells")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "argument"], name="one_bell_for_a_piece_of_work"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.argument}"
