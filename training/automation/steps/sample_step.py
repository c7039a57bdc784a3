"""Let a checkpoint write answers that people judge blind, in the ordinary queue."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.automation.step import Place, RunStep
from training.automation.step_context import StepContext
from training.automation.step_sources import Made, Wanted
from training.errors import RecipeRefused
from training.models import Run
from training.runs.checks import complete_sample_settings
from training.runs.sample_runs import MOST_PROMPTS, queue_sample_run


@dataclass(frozen=True, kw_only=True)
class SampleStep(RunStep):
    do: ClassVar[str] = "sample"
    title: ClassVar[str | Promise] = gettext_lazy("have answers judged blind")

    checkpoint: str
    against_base: bool = True  # else two answers of its own
    n_prompts: int = 50
    unanswered_only: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def makes(self) -> Made:
        return Made.ANSWERS

    def sources(self) -> list[Wanted]:
        return [Wanted("checkpoint", self.checkpoint, frozenset({Made.POLICY}))]

    def check(self, place: Place) -> Self:
        if not 1 <= self.n_prompts <= MOST_PROMPTS:
            raise RecipeRefused(
                _("The number of prompts must be from 1 to %(most)d.") % {"most": MOST_PROMPTS},
                field="n_prompts",
                value=self.n_prompts,
            )
        n_samples = 1 if self.against_base else 2  # as its run is queued
        complete = complete_sample_settings({**self.settings, "n_samples": n_samples})
        given = {name: complete[name] for name in self.settings}
        return replace(super().check(place), settings=given)

    def sentence(self) -> str:
        if self.against_base:
            sentence = _(
                "Have answers of {checkpoint} to %(n)d prompts judged blind, beside those of what "
                "it started from."
            )
        else:
            sentence = _("Have pairs of answers of {checkpoint} to %(n)d prompts judged blind.")
        return sentence % {"n": self.n_prompts}

    def queue(self, context: StepContext) -> Run:
        (wanted,) = self.sources()
        return queue_sample_run(
            project=context.project,
            checkpoint=context.must_find(wanted),
            against_base=self.against_base,
            n_prompts=self.n_prompts,
            unanswered_only=self.unanswered_only,
            settings=self.settings,
            name=context.name(str(self.title)),
            requested_by=context.user,
        )
