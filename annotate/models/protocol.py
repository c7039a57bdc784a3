"""What one judging screen asks: a frozen, numbered declaration of a project."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.verdict import Verdict

USUAL_VERDICTS = [verdict.value for verdict in Verdict]


def usual_declaration() -> dict[str, Any]:
    """A project's first protocol, unless another is named: all four verdicts and nothing more."""
    return {"verdicts": list(USUAL_VERDICTS)}


class Protocol(PublicModel):
    """One version of what a project asks; a change is the next version, never another row's.

    `annotate.judging.protocols` says what a declaration may hold. Its keys are the parts asked
    for, each with its settings; verdicts name completions, never sides.
    """

    project = models.ForeignKey(
        "annotate.Project", models.CASCADE, related_name="protocols", verbose_name=_("project")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    declaration = models.JSONField(_("declaration"), default=usual_declaration)
    made_by = models.ForeignKey(
        "annotate.Annotator",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_protocol_per_version"),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="protocol_versions_count_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}, {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Judgements rest on it as it was when they were given."""
        if not self._state.adding:
            raise TypeError("a protocol is never changed: make the next version")
        super().save(*args, **kwargs)

    @property
    def asks_ranking(self) -> bool:
        """Whether answers are put in order, two of them or a whole set."""
        return "ranking" in self.declaration

    @property
    def verdicts(self) -> list[Verdict]:
        """Those that whoever judges under it may choose from: the one place that says so."""
        return [verdict for verdict in Verdict if verdict.value in self.declaration["verdicts"]]
