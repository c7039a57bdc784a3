"""Say how much of the machines a project may use, from the command line."""

import math
from argparse import ArgumentTypeError
from datetime import time
from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find_project
from training.runs.budgets import SECONDS_IN_HOUR, BudgetUse, budget_use, set_budget

NONE = "none"
KEPT = object()  # what is not named stays as it is
SETTINGS = ("weekly_seconds", "most_runs", "priority", "quiet_from", "quiet_until", "time_zone")


class Command(TrainingCommand):
    help = "Set a project's limits and priority; without any, say how it stands."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="SLUG")
        parser.add_argument(
            "--weekly-hours",
            type=_hours,
            default=KEPT,
            help=f"machine hours in any seven days, or {NONE} for no limit",
        )
        parser.add_argument(
            "--most-runs", type=_whole, default=KEPT, help=f"runs at once, or {NONE} for no limit"
        )
        parser.add_argument("--priority", type=int, default=KEPT, help="1 to 100")
        parser.add_argument(
            "--quiet",
            type=_hours_of_day,
            default=KEPT,
            help=f"hours in which no run begins, such as 22:00-06:00, or {NONE}",
        )
        parser.add_argument("--time-zone", default=KEPT, help="of the quiet hours")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        project = find_project(options["project"])
        named = {
            "weekly_seconds": options["weekly_hours"],
            "most_runs": options["most_runs"],
            "priority": options["priority"],
            "time_zone": options["time_zone"],
        }
        if options["quiet"] is not KEPT:
            named["quiet_from"], named["quiet_until"] = options["quiet"]
        given = {name: value for name, value in named.items() if value is not KEPT}
        use = budget_use(project)
        if given:
            kept = {name: getattr(use, name) for name in SETTINGS}
            set_budget(project=project, **{**kept, **given})
            use = budget_use(project)
        return f"{project.slug}: {_in_words(use)}", {
            "project": project.slug,
            "seconds": use.seconds,
            "weekly_seconds": use.weekly_seconds,
            "n_running": use.n_running,
            "most_runs": use.most_runs,
            "priority": use.priority,
            "quiet_from": use.quiet_from,
            "quiet_until": use.quiet_until,
            "time_zone": use.time_zone,
        }


def _in_words(use: BudgetUse) -> str:
    hours = f"{use.seconds / SECONDS_IN_HOUR:.1f}"
    limit = "no limit"
    if use.weekly_seconds is not None:
        limit = f"of {use.weekly_seconds / SECONDS_IN_HOUR:g}"
    quiet = ""
    if use.quiet_from is not None:
        quiet = f"; quiet from {use.quiet_from:%H:%M} to {use.quiet_until:%H:%M} {use.time_zone}"
    at_once = "no limit" if use.most_runs is None else f"at most {use.most_runs}"
    return (
        f"{hours} machine hours in seven days, {limit}; "
        f"{use.n_running} running, {at_once}; priority {use.priority}{quiet}"
    )


def _hours(text: str) -> int | None:
    """In seconds, as they are stored."""
    if text == NONE:
        return None
    hours = float(text)
    if not math.isfinite(hours):
        raise ArgumentTypeError(f"{text!r} is no number of hours")
    return round(hours * SECONDS_IN_HOUR)


def _hours_of_day(text: str) -> tuple[time | None, time | None]:
    if text == NONE:
        return None, None
    begins, _dash, ends = text.partition("-")
    return time.fromisoformat(begins), time.fromisoformat(ends)


def _whole(text: str) -> int | None:
    return None if text == NONE else int(text)
