"""Freeze the project's preferences, as they stand when the round begins."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.automation.step import Finish, Place, WorkStep
from training.automation.step_context import StepContext
from training.automation.step_sources import Made
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection


@dataclass(frozen=True, kw_only=True)
class FreezeStep(WorkStep):
    do: ClassVar[str] = "freeze"
    title: ClassVar[str | Promise] = gettext_lazy("freeze a snapshot")

    selection: dict[str, Any] = field(default_factory=dict)  # as `Selection` reads it

    @property
    def makes(self) -> Made:
        return Made.SNAPSHOT

    def check(self, place: Place) -> Self:
        complete = Selection.from_json(self.selection).as_json()
        given = {name: complete[name] for name in self.selection if name in complete}
        return replace(super().check(place), selection=given)

    def sentence(self) -> str:
        return _("Freeze the project’s preferences into a snapshot.")

    def work(self, context: StepContext, finish: Finish) -> None:
        # What stood when the round began: frozen again after a kill, it is the same snapshot.
        freeze_snapshot(
            name=context.name(),
            projects=[context.project],
            selection=Selection.from_json(self.selection),
            frozen_by=context.user,
            cutoff_at=context.round.started_at,
            recorded=lambda snapshot: finish(snapshot=snapshot),
        )
