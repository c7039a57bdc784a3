"""Propose the candidate as the project's champion: people decide, on the evidence."""

from dataclasses import dataclass
from typing import ClassVar, Self

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.text.moments import moment_in_words
from training.automation.decisions import lay_before_people
from training.automation.step import Finish, Place, Skipped, WorkStep
from training.automation.step_context import StepContext
from training.automation.step_sources import CHECKPOINTS, Made, Wanted
from training.automation.steps.arena_step import ArenaStep
from training.models import Proposal
from training.promotion.rejections import rejection_that_stands


@dataclass(frozen=True, kw_only=True)
class ProposeStep(WorkStep):
    do: ClassVar[str] = "propose"
    title: ClassVar[str | Promise] = gettext_lazy("propose")

    candidate: str
    comparison: str = ""  # which must not have found it worse
    arena: str = ""  # in which people must not have preferred the champion

    @property
    def makes(self) -> Made:
        return Made.PROPOSAL

    def sources(self) -> list[Wanted]:
        wanted = [Wanted("candidate", self.candidate, CHECKPOINTS)]
        if self.comparison:
            wanted.append(Wanted("comparison", self.comparison, frozenset({Made.COMPARISON})))
        if self.arena:
            wanted.append(Wanted("arena", self.arena, frozenset({Made.ARENA})))
        return wanted

    def check(self, place: Place) -> Self:
        checked = super().check(place)
        for wanted in self.sources():
            arena = place.before[wanted.read().number - 1] if wanted.field == "arena" else None
            if isinstance(arena, ArenaStep) and not arena.waits:
                raise wanted.refused(
                    _("“%(value)s” does not wait for what people say, so it cannot be asked.")
                    % {"value": wanted.text}
                )
        return checked

    def sentence(self) -> str:
        if self.comparison and self.arena:
            return _(
                "Propose {candidate} as the champion, unless {comparison} found it worse or people "
                "preferred the champion in {arena}."
            )
        if self.arena:
            return _(
                "Propose {candidate} as the champion, unless people preferred the champion in "
                "{arena}."
            )
        if self.comparison:
            return _("Propose {candidate} as the champion, unless {comparison} found it worse.")
        return _("Propose {candidate} as the champion.")

    def work(self, context: StepContext, finish: Finish) -> None:
        wanted = {one.field: one for one in self.sources()}
        candidate = context.must_find(wanted["candidate"])
        if self.comparison:
            found = context.decision(wanted["comparison"])
            if found.get("said") == "worse":
                raise Skipped(_("It was found worse than the champion, so it is not proposed."))
        if self.arena and context.decision(wanted["arena"]).get("said") == "worse":
            raise Skipped(_("People preferred the champion, so it is not proposed."))
        if context.is_champion(candidate):
            raise Skipped(_("It is the champion already."))
        rejected = rejection_that_stands(context.project, candidate)
        if rejected is not None:
            raise Skipped(_why_not_again(rejected))
        with transaction.atomic():
            proposal = lay_before_people(
                candidate=candidate,
                project=context.project,
                round=context.round,
                user=context.user,
            )
            finish(result=proposal)


def _why_not_again(rejected: Proposal) -> str:
    """Without who and why, which their own page says: they may ask to be forgotten."""
    return _(
        "It was rejected on %(date)s, and the evidence is what it was then: it is not proposed "
        "again."
    ) % {"date": moment_in_words(rejected.decided_at or rejected.proposed_at)}
