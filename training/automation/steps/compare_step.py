"""Compare a candidate with the champion, on the held-out pairs that both were measured on."""

from dataclasses import dataclass
from typing import ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.automation.decisions import compare
from training.automation.step import Finish, Place, Skipped, WorkStep
from training.automation.step_context import StepContext
from training.automation.step_sources import CHECKPOINTS, Made, Wanted
from training.automation.steps.evaluate_step import EvaluateStep
from training.errors import RecipeRefused


@dataclass(frozen=True, kw_only=True)
class CompareStep(WorkStep):
    do: ClassVar[str] = "compare"
    title: ClassVar[str | Promise] = gettext_lazy("compare")

    candidate: str
    on: str  # the snapshot that both were measured on
    champion: str = "alias:champion"

    @property
    def makes(self) -> Made:
        return Made.COMPARISON

    def sources(self) -> list[Wanted]:
        return [
            Wanted("candidate", self.candidate, CHECKPOINTS),
            Wanted("on", self.on, frozenset({Made.SNAPSHOT})),
            Wanted("champion", self.champion, CHECKPOINTS),
        ]

    def check(self, place: Place) -> Self:
        checked = super().check(place)
        measured = {
            (step.checkpoint, step.on) for step in place.before if isinstance(step, EvaluateStep)
        }
        for field, text in (("candidate", self.candidate), ("champion", self.champion)):
            if (text, self.on) not in measured:
                raise RecipeRefused(
                    _("“%(value)s” has to be measured on “%(on)s” in a step before this one.")
                    % {"value": text, "on": self.on},
                    field=field,
                    value=text,
                )
        return checked

    def sentence(self) -> str:
        return _("Compare {candidate} with {champion} on the held-out pairs of {on}.")

    def work(self, context: StepContext, finish: Finish) -> None:
        candidate, on, champion = self.sources()
        beside = context.checkpoint(champion)
        if beside is None:
            raise Skipped(_("There is no champion yet: nothing to compare with."))
        found = context.must_find(candidate)
        if found == beside:
            raise Skipped(_("It is the champion itself: nothing to compare."))
        finish(
            result=compare(
                project=context.project,
                candidate=found,
                champion=beside,
                snapshot=context.snapshot(on),
            )
        )
