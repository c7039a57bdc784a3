"""What a step works on, in one word that stands in a recipe's JSON.

`step:2` is the result of an earlier step, `alias:champion` whatever bears that name when the round
begins (`alias:reward_model/champion`, of reward models), `checkpoint:ID` and `snapshot:ID` a row
that is there already.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from annotate.models import Project
from training.errors import RecipeRefused
from training.models import Checkpoint, CheckpointKind, Snapshot
from training.runs.checks import files_are_gone

STEP_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
NAME = re.compile(r"(?P<role>reward_model/)?(?P<name>[A-Za-z0-9_-]{1,40})", re.ASCII)


class Made(StrEnum):
    """What there is to refer to, once a step has been done."""

    SNAPSHOT = "snapshot"
    POLICY = "policy"
    REWARD_MODEL = "reward_model"
    FIGURES = "figures"
    COMPARISON = "comparison"
    ARENA = "arena"
    ANSWERS = "answers"
    PROPOSAL = "proposal"


MADE_IN_WORDS: Mapping[Made, str | Promise] = {
    Made.SNAPSHOT: gettext_lazy("a snapshot"),
    Made.POLICY: gettext_lazy("a model that writes"),
    Made.REWARD_MODEL: gettext_lazy("a reward model"),
    Made.FIGURES: gettext_lazy("figures"),
    Made.COMPARISON: pgettext_lazy("of two checkpoints", "a comparison"),
    Made.ARENA: gettext_lazy("a blind comparison by people"),
    Made.ANSWERS: gettext_lazy("answers"),
    Made.PROPOSAL: gettext_lazy("a proposal"),
}
NAMES_IN_WORDS: Mapping[str, str | Promise] = {
    "champion": gettext_lazy("the champion"),
    "challenger": gettext_lazy("the challenger"),
    "reward_model/champion": gettext_lazy("the champion of the reward models"),
}
CHECKPOINTS = frozenset({Made.POLICY, Made.REWARD_MODEL})


class Origin(StrEnum):
    STEP = "step"
    ALIAS = "alias"
    CHECKPOINT = "checkpoint"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Source:
    """A source, read: where it comes from, and which one there."""

    origin: Origin
    name: str

    @property
    def number(self) -> int:
        """Of the step, counted from 1."""
        return int(self.name)

    def __str__(self) -> str:
        return f"{self.origin}:{self.name}"


@dataclass(frozen=True)
class Wanted:
    """A source in a step's field, and what may stand there."""

    field: str
    text: str
    wants: frozenset[Made]

    def read(self) -> Source:
        """Raises: RecipeRefused for a word that is none."""
        origin, _colon, name = self.text.partition(":")
        is_readable = {
            Origin.STEP.value: STEP_NUMBER.fullmatch(name) is not None,
            Origin.ALIAS.value: NAME.fullmatch(name) is not None,
            Origin.CHECKPOINT.value: _is_id(name),
            Origin.SNAPSHOT.value: _is_id(name),
        }
        if not is_readable.get(origin):
            raise self.refused(
                _(
                    "“%(value)s” does not say where it comes from; write step:2, alias:champion, "
                    "checkpoint:ID or snapshot:ID."
                )
                % {"value": self.text}
            )
        if origin in (Origin.CHECKPOINT, Origin.SNAPSHOT):
            name = str(uuid.UUID(name))
        elif origin == Origin.ALIAS:
            name = name.lower()  # as names are given
        return Source(Origin(origin), name)

    def check(self, made_before: "tuple[Made, ...]", project: Project) -> None:
        """Raises: RecipeRefused where there is no such thing, or it is of the wrong kind."""
        source = self.read()
        if source.origin is Origin.STEP:
            self._check_step(source, made_before)
        elif source.origin is Origin.ALIAS and made_of_name(source.name) not in self.wants:
            raise self._of_wrong_kind(made_of_name(source.name))
        elif source.origin is Origin.CHECKPOINT:
            self._check_found(found_checkpoint(source))
        elif source.origin is Origin.SNAPSHOT:
            self._check_snapshot(found_snapshot(source), project)

    def _check_step(self, source: Source, made_before: "tuple[Made, ...]") -> None:
        if source.number > len(made_before):
            raise self.refused(
                _("“%(value)s” is not a step before this one.") % {"value": self.text}
            )
        made = made_before[source.number - 1]
        if made not in self.wants:
            raise self._of_wrong_kind(made)

    def _check_snapshot(self, snapshot: Snapshot | None, project: Project) -> None:
        if snapshot is None:
            raise self.refused(_("There is no snapshot “%(value)s”.") % {"value": self.text})
        if Made.SNAPSHOT not in self.wants:
            raise self._of_wrong_kind(Made.SNAPSHOT)
        if not snapshot.projects.filter(pk=project.pk).exists():
            raise self.refused(
                _("The snapshot “%(value)s” holds nothing of the project “%(project)s”.")
                % {"value": snapshot, "project": project}
            )

    def _check_found(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint is None:
            raise self.refused(_("There is no checkpoint “%(value)s”.") % {"value": self.text})
        self.check_kind(checkpoint)
        if checkpoint.dropped_at is not None:
            raise self.refused(str(files_are_gone(checkpoint).message))

    def check_kind(self, checkpoint: Checkpoint) -> None:
        """Raises: RecipeRefused."""
        made = made_of(checkpoint)
        if made not in self.wants:
            raise self._of_wrong_kind(made)

    def _of_wrong_kind(self, made: Made) -> RecipeRefused:
        return self.refused(
            _("“%(value)s” is %(made)s, and %(wanted)s is wanted.")
            % {"value": self.text, "made": MADE_IN_WORDS[made], "wanted": self.wanted_in_words}
        )

    @property
    def wanted_in_words(self) -> str:
        return in_words(self.wants)

    def refused(self, message: str) -> RecipeRefused:
        return RecipeRefused(message, field=self.field, value=self.text)


def in_words(wants: Iterable[Made]) -> str:
    known = [str(words) for made, words in MADE_IN_WORDS.items() if made in wants]
    return _(" or ").join(known)


def made_of(checkpoint: Checkpoint) -> Made:
    is_reward_model = checkpoint.kind == CheckpointKind.REWARD_MODEL
    return Made.REWARD_MODEL if is_reward_model else Made.POLICY


def made_of_name(name: str) -> Made:
    """Of what kind the checkpoints are that bear a name."""
    return Made.REWARD_MODEL if name.startswith("reward_model/") else Made.POLICY


def found_checkpoint(source: Source) -> Checkpoint | None:
    return Checkpoint.objects.filter(public_id=source.name, is_final=True).first()


def found_snapshot(source: Source) -> Snapshot | None:
    return Snapshot.objects.filter(public_id=source.name).first()


def renumbered(value: Any, numbers: Mapping[int, int]) -> Any:
    """The same values with every `step:N` at its new number. Raises: KeyError for a step gone."""
    if isinstance(value, str) and re.fullmatch(r"step:[1-9][0-9]{0,3}", value):
        return f"step:{numbers[int(value.removeprefix('step:'))]}"
    if isinstance(value, dict):
        return {name: renumbered(entry, numbers) for name, entry in value.items()}
    if isinstance(value, list):
        return [renumbered(entry, numbers) for entry in value]
    return value


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
