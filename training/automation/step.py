"""What all steps of a recipe have in common: how they are read, checked, and done."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Self, get_origin, get_type_hints

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from annotate.models import Project
from training.automation.step_context import StepContext
from training.automation.step_sources import Made, Wanted
from training.errors import RecipeRefused
from training.models import Run, RunState, StepState

STATES_OF_RUNS = {
    RunState.SUCCEEDED: StepState.SUCCEEDED,
    RunState.FAILED: StepState.FAILED,
    RunState.CANCELLED: StepState.CANCELLED,
}
Finish = Callable[..., None]  # writes the step's last columns: called once, in its transaction


class Skipped(Exception):
    """There is nothing for the step to do, and that is no fault; the message is the reason."""


@dataclass(frozen=True)
class Place:
    """Where a step stands: in whose recipe, and after which steps."""

    project: Project
    before: "tuple[Step, ...]"

    @property
    def made_before(self) -> tuple[Made, ...]:
        return tuple(step.makes for step in self.before)


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """One step as it stands in a recipe. Its fields are the names that its JSON may have."""

    do: ClassVar[str]
    title: ClassVar[str | Promise]

    @property
    def label(self) -> str | Promise:
        """What it is called among others; shorter than a sentence."""
        return self.title

    @property
    @abstractmethod
    def makes(self) -> Made:
        """What later steps can refer to."""

    @abstractmethod
    def sentence(self) -> str:
        """What it does, for people; sources stand in it as {field}."""

    def sources(self) -> list[Wanted]:
        """Every source that it names, with what may stand there."""
        return []

    def check(self, place: Place) -> Self:
        """The step with its values as they are stored. Raises: AccordError, naming the field."""
        for wanted in self.sources():
            wanted.check(place.made_before, place.project)
        return self

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Raises: RecipeRefused for names that are unknown or missing, and for wrong types."""
        kinds = get_type_hints(cls)
        known = {entry.name: kinds[entry.name] for entry in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise RecipeRefused(
                    _("“%(name)s” is not part of this step; it has: %(known)s.")
                    % {"name": name, "known": ", ".join(known)},
                    field=name,
                    value=value,
                )
            _check_type(name, value, get_origin(known[name]) or known[name])
        try:
            return cls(**values)
        except TypeError as error:
            missing = [name for name in cls.required() if name not in values]
            raise RecipeRefused(
                _("“%(name)s” is missing.") % {"name": missing[0]}, field=missing[0], value=None
            ) from error

    @classmethod
    def required(cls) -> list[str]:
        """Fields without a default."""
        return [entry.name for entry in fields(cls) if _has_no_default(entry)]

    def as_json(self) -> dict[str, Any]:
        """What differs from the defaults, as it is stored."""
        given = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        empty = {entry.name: _default_of(entry) for entry in fields(self)}
        return {
            "do": self.do,
            **{name: value for name, value in given.items() if value != empty[name]},
        }


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How something that was begun has ended."""

    state: StepState
    reason: str = ""
    result: dict[str, Any] = field(default_factory=dict)


class BegunStep(Step):
    """A step that is begun in a moment, goes on by itself, and is looked at until it is over."""

    @abstractmethod
    def begin(self, context: StepContext) -> dict[str, Model]:
        """What it began, by the column of the step's row that leads there.

        Raises: Skipped, or AccordError; nothing is begun then.
        """

    @abstractmethod
    def ending(self, context: StepContext) -> Ending | None:
        """None while it goes on. Raises: AccordError where it cannot be told any more."""


class RunStep(BegunStep):
    """A step that is a run: it is queued once, and the run's row says how it went."""

    @abstractmethod
    def queue(self, context: StepContext) -> Run:
        """Raises: Skipped, or AccordError; nothing is queued then."""

    def begin(self, context: StepContext) -> dict[str, Model]:
        return {"run": self.queue(context)}

    def ending(self, context: StepContext) -> Ending | None:
        run = context.row.run
        state = None if run is None else STATES_OF_RUNS.get(RunState(run.state))
        return None if run is None or state is None else Ending(state=state, reason=run.reason)


class WorkStep(Step):
    """A step that a worker does by itself under a claim; it may be killed and done again."""

    @abstractmethod
    def work(self, context: StepContext, finish: Finish) -> None:
        """Do it, and call `finish` in the transaction that writes what it made.

        Raises: Skipped, AccordError, or ClaimLost; nothing is written then.
        """


def _check_type(name: str, value: Any, kind: type) -> None:
    if type(value) is kind:  # True is no number here
        return
    kinds = {
        str: _("a text"),
        int: _("a whole number"),
        bool: _("true or false"),
        dict: _("an object"),
    }
    raise RecipeRefused(
        _("“%(name)s” must be %(kind)s.") % {"name": name, "kind": kinds[kind]},
        field=name,
        value=value,
    )


def _has_no_default(entry: Any) -> bool:
    return _default_of(entry) is _NOTHING


def _default_of(entry: Any) -> Any:
    if entry.default is not MISSING:
        return entry.default
    return entry.default_factory() if entry.default_factory is not MISSING else _NOTHING


_NOTHING = object()
