"""Schedules from the command line: list, look, try, start, pause."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from training.automation.back_test import back_test
from training.automation.dry_run import dry_run
from training.automation.looking import press
from training.automation.schedule_words import (
    back_test_in_words,
    check_in_words,
    dry_run_in_words,
    schedule_in_words,
    shown_clauses,
)
from training.automation.schedules import pause_schedule, unpause_schedule
from training.automation.stored_clauses import clause_as_json
from training.management.base import TrainingCommand, find
from training.models import Schedule

Answer = tuple[str, dict[str, Any]]


class Command(TrainingCommand):
    help = "List schedules, or say what one would do, start it, pause it, or let it go on."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "action", choices=["list", "dry-run", "back-test", "run", "pause", "go-on"]
        )
        parser.add_argument("schedule", nargs="?", help="its id or name; all of them for `list`")
        parser.add_argument(
            "--anyway", action="store_true", help="with `run`: although its conditions do not hold"
        )

    def act(self, **options: Any) -> Answer:
        action, named = options["action"], options["schedule"]
        if options["anyway"] and action != "run":
            raise CommandError("--anyway goes with `run` alone.")
        if action == "list":
            if named:
                raise CommandError("`list` names no schedule.")
            return _list()
        if not named:
            raise CommandError(f"Name the schedule to {action}.")
        schedule = find(Schedule.objects.select_related("recipe__project", "created_by"), named)
        if action == "run":
            return _run(schedule, is_anyway=options["anyway"])
        return {
            "dry-run": _dry_run,
            "back-test": _back_test,
            "pause": _pause,
            "go-on": _go_on,
        }[action](schedule)


def _list() -> Answer:
    rows = Schedule.objects.select_related("recipe__project").order_by("recipe__project", "name")
    found = [
        {
            "id": row.public_id,
            "name": row.name,
            "project": row.recipe.project.slug,
            "recipe": row.recipe.name,
            "is_paused": row.is_paused,
            "last_outcome": row.last_outcome,
            "sentence": schedule_in_words(row),
        }
        for row in rows
    ]
    lines = [f"{one['id']}  {one['name']} ({one['recipe']}): {one['sentence']}" for one in found]
    return "\n".join(lines) or "There is no schedule.", {"schedules": found}


def _dry_run(schedule: Schedule) -> Answer:
    run = dry_run(schedule)
    sentences = dry_run_in_words(run)
    findings = [one.sentence for one in shown_clauses(run.evaluated.clauses)]
    return "\n".join([*sentences, *findings]), {
        "would_start": run.would_start,
        "outcome": str(run.outcome),
        "due_at": run.due_at,
        "coming": run.coming,
        "clauses": [clause_as_json(one) for one in run.evaluated.clauses],
    }


def _back_test(schedule: Schedule) -> Answer:
    found = back_test(schedule, now=timezone.now())
    return "\n".join(back_test_in_words(found, schedule.own_zone)), vars(found)


def _run(schedule: Schedule, *, is_anyway: bool) -> Answer:
    check = press(schedule.pk, pressed_by=None, is_anyway=is_anyway)
    return check_in_words(check), {
        "started": check.has_started,
        "outcome": str(check.outcome),
        "round": check.round.public_id if check.round else None,
        "reason": check.reason,
    }


def _pause(schedule: Schedule) -> Answer:
    pause_schedule(schedule_id=schedule.public_id)
    return f"{schedule}: paused.", {"id": schedule.public_id, "is_paused": True}


def _go_on(schedule: Schedule) -> Answer:
    unpause_schedule(schedule_id=schedule.public_id)
    return f"{schedule}: goes on from now.", {"id": schedule.public_id, "is_paused": False}
