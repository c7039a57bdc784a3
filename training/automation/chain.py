"""A recipe's steps, read from JSON and checked one after another."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.models import Project
from annotate.text.free_text import refuse_unstorable
from training.automation.chain_limits import beginning_of, check_size, told_value
from training.automation.step import Place, Step
from training.automation.step_sources import Origin
from training.automation.steps.arena_step import ArenaStep
from training.automation.steps.compare_step import CompareStep
from training.automation.steps.evaluate_step import EvaluateStep
from training.automation.steps.freeze_step import FreezeStep
from training.automation.steps.propose_step import ProposeStep
from training.automation.steps.sample_step import SampleStep
from training.automation.steps.train_step import TrainStep
from training.errors import RecipeRefused
from training.models import RecipeVersion

KINDS: dict[str, type[Step]] = {
    kind.do: kind
    for kind in (
        FreezeStep,
        TrainStep,
        EvaluateStep,
        CompareStep,
        ArenaStep,
        SampleStep,
        ProposeStep,
    )
}
MOST_STEPS = 20
LONGEST_REASON = 600  # it names what there is, too
Chain = tuple[Step, ...]


def checked_chain(steps: Any, project: Project) -> Chain:
    """The steps as they can be stored. Raises: RecipeRefused, naming step, field and value."""
    check_size(steps)
    if not isinstance(steps, list) or not steps:
        raise RecipeRefused(
            _("A recipe is a list of steps, with one at least."),
            field="steps",
            value=told_value(steps),
        )
    if len(steps) > MOST_STEPS:
        raise RecipeRefused(
            _("A recipe has %(most)d steps at most, not %(n)d.")
            % {"most": MOST_STEPS, "n": len(steps)},
            field="steps",
            value=len(steps),
        )
    chain: Chain = ()
    for number, values in enumerate(steps, start=1):
        try:
            refuse_unstorable(values, field="")
            chain = (*chain, read_step(values).check(Place(project, chain)))
        except AccordError as error:
            inside = f".{beginning_of(error.field)}" if error.field else ""
            reason = beginning_of(str(error.message), LONGEST_REASON)
            raise RecipeRefused(
                _("Step %(n)d: %(reason)s") % {"n": number, "reason": reason},
                field=f"steps.{number}{inside}",
                value=told_value(error.value),
            ) from error
    return chain


def read_step(values: Any) -> Step:
    """One step, not yet checked against those before it. Raises: RecipeRefused."""
    do = values.get("do") if isinstance(values, dict) else None
    if not isinstance(do, str) or do not in KINDS:
        raise RecipeRefused(
            _("“do” must be one of: %(known)s.") % {"known": ", ".join(KINDS)},
            field="do",
            value=do if isinstance(values, dict) else values,
        )
    rest = {name: value for name, value in values.items() if name != "do"}
    return KINDS[do].from_json(rest)


def stored_chain(version: RecipeVersion) -> Chain:
    """The steps of a version, which were checked when it was made."""
    return tuple(read_step(values) for values in version.steps)


def names_in(chain: Sequence[Step]) -> set[str]:
    """Every name of a checkpoint that the steps ask for."""
    sources = [wanted.read() for step in chain for wanted in step.sources()]
    return {source.name for source in sources if source.origin is Origin.ALIAS}
