"""A project as its lead has it before them: pace, forecast, people, and what waits for the lead."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from annotate.agreement.by_day import days_of, whole_days
from annotate.dashboards.burn_up import Ahead, ahead_of, burn_up
from annotate.dashboards.chart import Chart
from annotate.dashboards.costs import Cost, costs_of
from annotate.dashboards.forecast import FEWEST_DAYS, MOST_DAYS
from annotate.dashboards.lead_needs import Need, needs_of
from annotate.dashboards.working import Working, working_on
from annotate.models import AgreementReport, Project
from annotate.projects.progress import Progress, progress


@dataclass(frozen=True)
class Overview:
    """a_day: the mean of the last whole days; None before there is one. counted_at: when the days
    before today were last counted; None where all were counted for this answer.
    """

    progress: Progress
    needs: list[Need]
    working: Working
    costs: list[Cost]
    ahead: Ahead | None
    burn_up: Chart
    a_day: float | None
    n_days: int
    counted_at: datetime | None
    today: date

    @property
    def is_done(self) -> bool:
        return 0 < self.progress.n_wanted <= self.progress.n_counted

    @property
    def is_too_early(self) -> bool:
        """Whether too few whole days are known for a forecast."""
        return self.n_days < FEWEST_DAYS

    @property
    def days_needed(self) -> int:
        return FEWEST_DAYS


def overview_of(project: Project) -> Overview:
    today, stored = timezone.localdate(), AgreementReport.stored_for(project)
    so_far = progress(project)
    days = days_of(project, stored)
    lately = whole_days(days, today, most=MOST_DAYS)
    ahead = ahead_of(days, remaining=so_far.n_wanted - so_far.n_counted, today=today)
    return Overview(
        progress=so_far,
        needs=needs_of(project, so_far),
        working=working_on(project),
        costs=costs_of(project),
        ahead=ahead,
        burn_up=burn_up(days, n_wanted=so_far.n_wanted, ahead=ahead, today=today),
        a_day=sum(lately) / len(lately) if lately else None,
        n_days=len(lately),
        counted_at=None if stored is None else stored.computed_at,
        today=today,
    )
