"""What a step meets when it is done: the round it belongs to, and what earlier steps have made."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotate.models import Project, User
from training.automation.decisions import bearers
from training.automation.step_sources import (
    Origin,
    Source,
    Wanted,
    found_checkpoint,
    found_snapshot,
)
from training.errors import RecipeRefused
from training.models import Checkpoint, Round, RoundStep, Snapshot

CHAMPIONS = ("champion", "reward_model/champion")


@dataclass(frozen=True)
class StepContext:
    round: Round
    row: RoundStep

    @property
    def project(self) -> Project:
        return self.round.recipe.project

    @property
    def user(self) -> User | None:
        return self.round.requested_by

    def name(self, what: str = "") -> str:
        """What the thing that is made is called; with its step where the round has several such."""
        parts = [str(self.round), *([what] if what else [])]
        if self.round.steps.filter(kind=self.row.kind).count() > 1:
            parts.append(_("step %(n)s") % {"n": self.row.number})
        return " · ".join(parts)

    def snapshot(self, wanted: Wanted) -> Snapshot:
        """Raises: RecipeRefused where it is gone."""
        source = wanted.read()
        if source.origin is Origin.STEP:
            snapshot = self._step(source).snapshot
        else:
            snapshot = found_snapshot(source)
        if snapshot is None:
            raise wanted.refused(_("The snapshot “%(value)s” is gone.") % {"value": source})
        return snapshot

    def checkpoint(self, wanted: Wanted) -> Checkpoint | None:
        """None for a name that nobody bore when the round began.

        Raises: RecipeRefused where it is gone.
        """
        source = wanted.read()
        if source.origin is Origin.STEP:
            found = Checkpoint.objects.filter(run=self._step(source).run, is_final=True).first()
        elif source.origin is Origin.ALIAS:
            public_id = self.round.names.get(source.name)
            if public_id is None:
                return None
            found = Checkpoint.objects.filter(public_id=public_id).first()
        else:
            found = found_checkpoint(source)
        if found is None:
            raise wanted.refused(_("The checkpoint “%(value)s” is gone.") % {"value": source})
        wanted.check_kind(found)  # a name may stand for another kind by now
        return found

    def must_find(self, wanted: Wanted) -> Checkpoint:
        """Raises: RecipeRefused for a name that nobody bears."""
        found = self.checkpoint(wanted)
        if found is None:
            raise wanted.refused(
                _("No checkpoint bears the name “%(name)s” yet.") % {"name": wanted.read().name}
            )
        return found

    def is_champion(self, checkpoint: Checkpoint) -> bool:
        """Whether it is one now, of what writes or of reward models."""
        return str(checkpoint.public_id) in bearers(CHAMPIONS, self.project).values()

    def decision(self, wanted: Wanted) -> dict[str, Any]:
        """What an earlier step has found; empty where it was skipped."""
        found: dict[str, Any] = self._step(wanted.read()).result
        return found

    def _step(self, source: Source) -> RoundStep:
        step = self.round.steps.filter(number=source.number).first()
        if step is None:
            raise RecipeRefused(_("The round has no step %(n)d.") % {"n": source.number})
        return step
