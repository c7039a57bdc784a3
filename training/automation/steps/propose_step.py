"""Propose the candidate as the project's champion: people decide, on the evidence."""

from dataclasses import dataclass
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.automation.decisions import lay_before_people
from training.automation.step import Finish, Skipped, WorkStep
from training.automation.step_context import StepContext
from training.automation.step_sources import CHECKPOINTS, Made, Wanted


@dataclass(frozen=True, kw_only=True)
class ProposeStep(WorkStep):
    do: ClassVar[str] = "propose"
    title: ClassVar[str | Promise] = gettext_lazy("propose")

    candidate: str
    comparison: str = ""  # which must not have found it worse

    @property
    def makes(self) -> Made:
        return Made.PROPOSAL

    def sources(self) -> list[Wanted]:
        wanted = [Wanted("candidate", self.candidate, CHECKPOINTS)]
        if self.comparison:
            wanted.append(Wanted("comparison", self.comparison, frozenset({Made.COMPARISON})))
        return wanted

    def sentence(self) -> str:
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
        if context.is_champion(candidate):
            raise Skipped(_("It is the champion already."))
        with transaction.atomic():
            proposal = lay_before_people(
                candidate=candidate,
                project=context.project,
                round=context.round,
                user=context.user,
            )
            finish(result=proposal)
