"""Let a checkpoint and the champion write answers that meet blind, and hear what people say."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.arena.creating import EVAL_SHARE, MOST_JUDGEMENTS, MOST_PROMPTS
from annotate.models import Arena, ArenaState
from training.automation.decisions import judged_blind
from training.automation.step import BegunStep, Ending, Place, Skipped
from training.automation.step_context import StepContext
from training.automation.step_sources import Made, Wanted
from training.errors import RecipeRefused
from training.lineage.prompts_held_out import HeldOut
from training.models import Checkpoint, RunState, StepState
from training.runs.arena_runs import answer_runs, open_checkpoint_arena
from training.runs.checks import complete_sample_settings

LONGEST_NAME = Arena._meta.get_field("name").max_length


@dataclass(frozen=True, kw_only=True)
class ArenaStep(BegunStep):
    """Over once people have decided, or everything was judged; or, if it does not wait, once both
    have written: then the votes go on to count for whatever is proposed."""

    do: ClassVar[str] = "arena"
    title: ClassVar[str | Promise] = gettext_lazy("let answers meet blind")

    checkpoint: str
    against: str = "alias:champion"
    or_against: str = ""  # where nobody bears the name in `against` yet
    n_prompts: int = 100
    target: int = 300  # judgements in all
    waits: bool = True
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def makes(self) -> Made:
        return Made.ARENA

    def sources(self) -> list[Wanted]:
        policy = frozenset({Made.POLICY})
        wanted = [
            Wanted("checkpoint", self.checkpoint, policy),
            Wanted("against", self.against, policy),
            Wanted("or_against", self.or_against, policy),
        ]
        return [one for one in wanted if one.text or one.field != "or_against"]

    def check(self, place: Place) -> Self:
        for name, value, most in (
            ("n_prompts", self.n_prompts, MOST_PROMPTS),
            ("target", self.target, MOST_JUDGEMENTS),
        ):
            if not 1 <= value <= most:
                raise RecipeRefused(
                    _("“%(name)s” should be a whole number from 1 to %(most)d.")
                    % {"name": name, "most": most},
                    field=name,
                    value=value,
                )
        complete = complete_sample_settings({**self.settings, "n_samples": 1})
        given = {name: complete[name] for name in self.settings}
        return replace(super().check(place), settings=given)

    def sentence(self) -> str:
        words = {"n": self.n_prompts, "target": self.target}
        if self.or_against:
            begun = _(
                "Let answers of {checkpoint} and {against}, or else {or_against}, to up to %(n)d "
                "held-out prompts meet blind."
            )
        else:
            begun = _(
                "Let answers of {checkpoint} and {against} to up to %(n)d held-out prompts meet "
                "blind."
            )
        if self.waits:
            then = _("Wait until people have decided, for %(target)d judgements at most.")
        else:
            then = _("Go on as soon as both have written.")
        return f"{begun} {then}" % words

    def begin(self, context: StepContext) -> dict[str, Model]:
        candidate, beside = self._both(context)
        if beside is None:
            raise Skipped(_("There is no champion yet: nobody to meet."))
        if candidate.digest == beside.digest:
            raise Skipped(_("Both have the same weights: there is nothing to tell apart."))
        arena, _runs = open_checkpoint_arena(
            project=context.project,
            name=context.name(str(self.title))[:LONGEST_NAME],
            checkpoints=[candidate, beside],
            n_prompts=self.n_prompts,
            target=self.target,
            eval_share=_share(candidate, beside),
            settings=self.settings,
            requested_by=context.user,
        )
        return {"arena": arena}

    def ending(self, context: StepContext) -> Ending | None:
        arena = context.row.arena
        if arena is None or (self.waits and arena.state == ArenaState.OPEN):
            return None
        if arena.state == ArenaState.PREPARING:
            return _unanswered(arena)
        candidate, beside = self._both(context)
        if beside is None or not self.waits:
            return Ending(state=StepState.SUCCEEDED)
        said = judged_blind(arena=arena, candidate=candidate, champion=beside)
        return Ending(state=StepState.SUCCEEDED, result=said)

    def _both(self, context: StepContext) -> tuple[Checkpoint, Checkpoint | None]:
        """The candidate, and who bore the name when the round began, or stands in for it."""
        wanted = {one.field: one for one in self.sources()}
        beside = context.checkpoint(wanted["against"])
        if beside is None and self.or_against:
            beside = context.checkpoint(wanted["or_against"])
        return context.must_find(wanted["checkpoint"]), beside


def _share(*checkpoints: Checkpoint) -> float:
    """What all of them held out; where that is nothing, the arena says of whom."""
    return min(HeldOut.by(*checkpoints).share_as_drawn_now, EVAL_SHARE) or EVAL_SHARE


def _unanswered(arena: Arena) -> Ending | None:
    """Why it cannot open any more, if it cannot."""
    for run in answer_runs(arena).order_by("pk"):
        if run.state == RunState.FAILED:
            return Ending(state=StepState.FAILED, reason=f"{run}: {run.reason}")
        if run.state == RunState.CANCELLED:
            return Ending(state=StepState.CANCELLED)
    return None
