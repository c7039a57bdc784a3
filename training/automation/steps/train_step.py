"""Train by any method, on a snapshot, from a checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alignment_core.configs import METHODS
from training.automation.step import Place, RunStep
from training.automation.step_context import StepContext
from training.automation.step_sources import Made, Origin, Wanted
from training.models import Run
from training.runs.checks import check_settings, fitting_context
from training.runs.queue import queue_run
from training.runs.reward_models import reference_to
from training.words.methods import METHODS_IN_WORDS

MADE_LATER = (f"{Origin.STEP}:", f"{Origin.ALIAS}:")  # reward models that rounds look up


@dataclass(frozen=True, kw_only=True)
class TrainStep(RunStep):
    do: ClassVar[str] = "train"
    title: ClassVar[str | Promise] = gettext_lazy("train")

    method: str
    on: str  # the snapshot
    start: str  # the checkpoint to start from
    or_start: str = ""  # where nobody bears the name in `start` yet
    settings: dict[str, Any] = field(default_factory=dict)  # what differs from the defaults

    @property
    def label(self) -> str | Promise:
        return METHODS_IN_WORDS[self.method].title

    @property
    def makes(self) -> Made:
        return Made(METHODS[self.method].makes)

    def sources(self) -> list[Wanted]:
        starts = [("start", self.start), *([("or_start", self.or_start)] if self.or_start else [])]
        return [
            Wanted("on", self.on, frozenset({Made.SNAPSHOT})),
            *(Wanted(name, text, frozenset({Made.POLICY})) for name, text in starts),
            *self._rewards_by_source(),
        ]

    def check(self, place: Place) -> Self:
        given = check_settings(self.method, self.settings, made_later=MADE_LATER)
        return replace(super().check(place), settings=given)

    def sentence(self) -> str:
        words = {"method": METHODS_IN_WORDS[self.method].title}
        if self.or_start:
            return _("Train by %(method)s on {on}, from {start}, or else from {or_start}.") % words
        return _("Train by %(method)s on {on}, from {start}.") % words

    def queue(self, context: StepContext) -> Run:
        wanted = {one.field: one for one in self.sources()}
        base = context.checkpoint(wanted["start"]) if self.or_start else None
        if base is None:
            base = context.must_find(wanted["or_start" if self.or_start else "start"])
        return queue_run(
            method=self.method,
            snapshot=context.snapshot(wanted["on"]),
            base=base,
            settings={**fitting_context(self.method, base), **self._settings(context)},
            name=context.name(str(METHODS_IN_WORDS[self.method].title)),
            requested_by=context.user,
        )

    def _rewards_by_source(self) -> Iterator[Wanted]:
        """Reward models that are made by a step, or borne by a name; the run's own check knows
        those that are named by their id."""
        for reward in self.settings.get("rewards") or []:
            path = reward.get("path") if isinstance(reward, dict) else None
            if isinstance(path, str) and path.startswith(MADE_LATER):
                yield Wanted("settings.rewards", path, frozenset({Made.REWARD_MODEL}))

    def _settings(self, context: StepContext) -> dict[str, Any]:
        named = {
            wanted.text: reference_to(context.must_find(wanted))
            for wanted in self._rewards_by_source()
        }
        if not named:
            return self.settings
        rewards = [
            {**reward, "path": named[reward["path"]]} if reward.get("path") in named else reward
            for reward in self.settings["rewards"]
        ]
        return {**self.settings, "rewards": rewards}
