"""What projects have used of the machines, and whether they may use more."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Project, User
from training.access.audit import record_act
from training.errors import BudgetRefused
from training.models import MOST_PRIORITY, Attempt, Budget, Run, RunState
from training.runs.needs import Needs
from training.runs.quiet_hours import QuietHours, why_no_quiet_hours
from training.runs.time_zones import known_zone, no_such_zone

SECONDS_IN_HOUR = 3600
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class BudgetUse:
    """Where a project stands; a second of two accelerators at once counts as two."""

    seconds: float  # of machines, in the last seven days
    weekly_seconds: int | None
    n_running: int
    most_runs: int | None
    priority: int
    quiet_from: time | None
    quiet_until: time | None
    time_zone: str  # of the quiet hours
    is_quiet: bool

    @property
    def seconds_left(self) -> float | None:
        """None without a limit."""
        if self.weekly_seconds is None:
            return None
        return max(0.0, self.weekly_seconds - self.seconds)

    @property
    def is_spent(self) -> bool:
        return self.seconds_left == 0.0

    @property
    def is_full(self) -> bool:
        return self.most_runs is not None and self.n_running >= self.most_runs

    @property
    def is_barred(self) -> bool:
        return self.is_spent or self.is_full or self.is_quiet

    @property
    def why_waiting(self) -> str:
        """Why no further run of the project begins now; empty where one may."""
        if self.is_quiet:
            return _(
                "These are the project’s quiet hours: none of its runs begins before %(end)s "
                "(%(zone)s)."
            ) % {"end": f"{self.quiet_until:%H:%M}", "zone": self.time_zone}
        if self.is_spent:
            return _("The project has used up its machine time of seven days.")
        if self.is_full:
            return _("The project has as many runs at once as it may.")
        return ""


def budget_use(project: Project) -> BudgetUse:
    return budget_uses([project.pk])[project.pk]


def budget_uses(project_ids: list[int]) -> dict[int, BudgetUse]:
    budgets = {row.project_id: row for row in Budget.objects.filter(project__in=project_ids)}
    seconds = used_seconds(WEEK)
    running = n_running_by_project()
    uses = {}
    for pk in project_ids:
        budget = budgets.get(pk) or Budget()
        uses[pk] = BudgetUse(
            seconds=seconds.get(pk, 0.0),
            weekly_seconds=budget.weekly_seconds,
            n_running=running.get(pk, 0),
            most_runs=budget.most_runs,
            priority=budget.priority,
            quiet_from=budget.quiet_from,
            quiet_until=budget.quiet_until,
            time_zone=budget.time_zone,
            is_quiet=_is_quiet(budget),
        )
    return uses


def _is_quiet(budget: Budget) -> bool:
    """Never by a zone that this machine does not know: its runs would wait for ever."""
    zone = known_zone(budget.time_zone)
    if budget.quiet_from is None or budget.quiet_until is None or zone is None:
        return False
    return QuietHours(budget.quiet_from, budget.quiet_until, zone).hold(timezone.now())


def used_seconds(window: timedelta) -> dict[int | None, float]:
    """Machine seconds of the last `window` by project; None is of runs that are nobody's."""
    seconds: dict[int | None, float] = defaultdict(float)
    attempts = Attempt.objects.filter(Q(ended_at=None) | Q(ended_at__gt=Now() - window))
    columns = ("run__charged_to", "run__needs", "started_at", "ended_at", "now")
    for project, needs, started_at, ended_at, now in attempts.annotate(now=Now()).values_list(
        *columns
    ):
        lasted = min(ended_at or now, now) - max(started_at, now - window)
        if lasted > timedelta(0):
            seconds[project] += lasted.total_seconds() * Needs.from_json(needs).n_devices
    return dict(seconds)


def n_running_by_project() -> dict[int, int]:
    running = Run.objects.filter(state=RunState.RUNNING, charged_to__isnull=False)
    return dict(running.order_by().values_list("charged_to").annotate(n=Count("pk")))


def barred_projects() -> list[int]:
    """Those of which no further run may begin now."""
    limited = Budget.objects.exclude(weekly_seconds=None, most_runs=None, quiet_from=None)
    projects = list(limited.values_list("project", flat=True))
    if not projects:
        return []
    return [pk for pk, use in budget_uses(projects).items() if use.is_barred]


def hold_budget_of(run_id: uuid.UUID) -> None:
    """Let nobody begin another run of the same project until this transaction is over."""
    list(
        Budget.objects.select_for_update()
        .filter(project__runs_charged__public_id=run_id)
        .values_list("pk")
    )


def shares_of_projects() -> dict[int | None, float]:
    """What each has had of the machines in a day, divided by its priority; the least is next."""
    priorities: dict[int | None, int] = dict(Budget.objects.values_list("project", "priority"))
    return {
        project: seconds / priorities.get(project, 1)
        for project, seconds in used_seconds(DAY).items()
    }


@transaction.atomic
def set_budget(
    *,
    project: Project,
    weekly_seconds: int | None,
    most_runs: int | None,
    priority: int,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    time_zone: str = "UTC",
    set_by: User | None = None,
) -> Budget:
    """Raises: BudgetRefused."""
    values: dict[str, Any] = {
        "weekly_seconds": weekly_seconds,
        "most_runs": most_runs,
        "priority": priority,
    }
    ranges = {
        "weekly_seconds": (0, 2**31 - 1),
        "most_runs": (1, 2**15 - 1),
        "priority": (1, MOST_PRIORITY),
    }
    for name, (least, most) in ranges.items():
        value = values[name]
        if value is not None and not least <= value <= most:
            raise BudgetRefused(
                _("It must be from %(least)d to %(most)d.") % {"least": least, "most": most},
                field=name,
                value=value,
            )
    quiet = {"quiet_from": quiet_from, "quiet_until": quiet_until}
    wrong = why_no_quiet_hours(**quiet)
    if wrong is not None:
        name, message = wrong
        raise BudgetRefused(message, field=name, value=quiet[name] and str(quiet[name]))
    if known_zone(time_zone) is None:
        raise BudgetRefused(no_such_zone(time_zone), field="time_zone", value=time_zone)
    values |= quiet | {"time_zone": time_zone}
    budget, _is_new = Budget.objects.update_or_create(project=project, defaults=values)
    plain = {
        name: str(value) if isinstance(value, time) else value for name, value in values.items()
    }
    record_act(user=set_by, action="budget.set", target=project, after=plain)
    return budget
