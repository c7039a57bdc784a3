"""Measure a checkpoint on a snapshot's held-out pairs."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.automation.step import Place, RunStep, Skipped
from training.automation.step_context import StepContext
from training.automation.step_sources import CHECKPOINTS, Made, Wanted
from training.errors import RecipeRefused
from training.models import Run
from training.runs.checks import complete_evaluation_settings
from training.runs.queue import queue_evaluation_run


@dataclass(frozen=True, kw_only=True)
class EvaluateStep(RunStep):
    do: ClassVar[str] = "evaluate"
    title: ClassVar[str | Promise] = gettext_lazy("measure")

    checkpoint: str
    on: str  # the snapshot
    or_checkpoint: str = ""  # where nobody bears the name in `checkpoint` yet
    reward_model: str = ""  # judges what it writes
    against: str = ""  # and what this one writes to the same prompts
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def makes(self) -> Made:
        return Made.FIGURES

    def sources(self) -> list[Wanted]:
        wanted = [
            Wanted("checkpoint", self.checkpoint, CHECKPOINTS),
            Wanted("or_checkpoint", self.or_checkpoint, CHECKPOINTS),
            Wanted("on", self.on, frozenset({Made.SNAPSHOT})),
            Wanted("reward_model", self.reward_model, frozenset({Made.REWARD_MODEL})),
            Wanted("against", self.against, frozenset({Made.POLICY})),
        ]
        return [one for one in wanted if one.text or one.field in ("checkpoint", "on")]

    def check(self, place: Place) -> Self:
        if self.against and not self.reward_model:
            raise RecipeRefused(
                _("Only a reward model can compare two checkpoints: choose one."),
                field="reward_model",
                value=self.reward_model,
            )
        complete = complete_evaluation_settings(self.settings)
        given = {name: complete[name] for name in self.settings}
        return replace(super().check(place), settings=given)

    def sentence(self) -> str:
        parts = [_("Measure {checkpoint} on the held-out pairs of {on}.")]
        if self.or_checkpoint:
            parts = [
                _("Measure {checkpoint}, or else {or_checkpoint}, on the held-out pairs of {on}.")
            ]
        if self.reward_model and self.against:
            parts.append(_("{reward_model} judges its answers beside those of {against}."))
        elif self.reward_model:
            parts.append(_("{reward_model} judges its answers."))
        return " ".join(parts)

    def queue(self, context: StepContext) -> Run:
        wanted = {one.field: one for one in self.sources()}
        checkpoint = context.checkpoint(wanted["checkpoint"])
        if checkpoint is None and self.or_checkpoint:
            checkpoint = context.checkpoint(wanted["or_checkpoint"])
        if checkpoint is None:
            raise Skipped(_("No checkpoint bears this name yet: there is nothing to measure."))
        return queue_evaluation_run(
            checkpoint=checkpoint,
            snapshot=context.snapshot(wanted["on"]),
            reward_model=context.must_find(wanted["reward_model"]) if self.reward_model else None,
            against=context.checkpoint(wanted["against"]) if self.against else None,
            settings=self.settings,
            name=context.name(str(self.title)),
            requested_by=context.user,
        )
