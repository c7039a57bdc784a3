"""What is known about schedules at one instant, read from stored rows for many at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from training.automation.calendar_rules import zone_named
from training.automation.conditions import Condition, clauses_of, parsed
from training.automation.counting import LastRounds, last_rounds
from training.automation.evaluating import Evaluated, Measured, evaluate
from training.automation.model_facts import present_bearers, still_holds
from training.automation.vocabulary import NO_LIMIT
from training.errors import ConditionRefused
from training.models import ProjectFacts, Recipe, Run, RunState, Schedule
from training.runs.budgets import BudgetUse, budget_uses
from training.runs.quiet_hours import QuietHours
from training.runs.workers import has_idle_worker

CLOCKS_DIFFER = timedelta(minutes=5)  # between two machines; by more, one has been set back
LONGEST_BLIND = timedelta(hours=1)  # after more without a look, nobody can say what held meanwhile


@dataclass(frozen=True)
class Situation:
    """One schedule with everything that decides about it."""

    schedule: Schedule
    now: datetime
    rounds: LastRounds
    evaluated: Evaluated

    @property
    def is_quiet(self) -> bool:
        return quiet_at(self.schedule, self.now)

    @property
    def cools_until(self) -> datetime | None:
        """The end of the cool-down, where there is one that is not over."""
        return cools_until(self.schedule, self.rounds.any_at, self.now)

    @property
    def is_counted(self) -> bool:
        """Whether the stored counts begin where the last rounds did."""
        return bool(self.schedule.counted_since == self.rounds.key)


def quiet_at(schedule: Schedule, instant: datetime) -> bool:
    if schedule.quiet_from is None or schedule.quiet_until is None:
        return False
    zone = zone_named(schedule.time_zone)
    return QuietHours(schedule.quiet_from, schedule.quiet_until, zone).hold(instant)


def cools_until(
    schedule: Schedule, last_round: datetime | None, instant: datetime
) -> datetime | None:
    if last_round is None or last_round - instant > CLOCKS_DIFFER:
        return None
    end = last_round + timedelta(hours=schedule.cooldown_hours)
    return end if end > instant else None


class Known:
    """What is stored about some schedules' recipes and projects, and about the machines.

    The schedules come with recipe and project. How many queries it takes depends on none of them.
    """

    def __init__(self, schedules: Sequence[Schedule], *, now: datetime) -> None:
        self._now = now
        self._conditions = {row.pk: _readable(row) for row in schedules}
        recipes = Recipe.objects.filter(pk__in={row.recipe_id for row in schedules})
        self._rounds = last_rounds(recipes)
        projects = {row.recipe.project_id for row in schedules}
        stored = ProjectFacts.objects.filter(project__in=projects, is_newest=True)
        facts = {row.project_id: facts_from_json(row.facts) for row in stored}
        self._of_project = {pk: facts.get(pk, {}) for pk in projects}
        clauses = [
            clause
            for condition in self._conditions.values()
            if condition is not None
            for _path, clause in clauses_of(condition)
        ]
        if any(clause.of for clause in clauses):
            self._drop_facts_of_others({clause.key for clause in clauses if clause.of})
        if any(clause.fact == "budget_seconds_left" for clause in clauses):
            for pk, use in budget_uses(sorted(projects)).items():
                self._of_project[pk]["budget_seconds_left"] = budget_left(use)
        self._of_machines = machine_facts()

    def about(self, schedule: Schedule) -> Situation:
        """Raises: ConditionRefused where a stored word is no longer known."""
        rounds = self._rounds[schedule.recipe_id]
        facts = {
            **self._of_project[schedule.recipe.project_id],
            **self._of_machines,
            **schedule_facts(schedule, rounds, self._now),
        }
        evaluated = evaluate(
            self._conditions[schedule.pk] or parsed(schedule.conditions),
            facts,
            now=self._now,
            held_since=_held_since(schedule, self._now),
        )
        return Situation(schedule, self._now, rounds, evaluated)

    def _drop_facts_of_others(self, asked: set[str]) -> None:
        """A name may have gone to another model since it was measured, or to none."""
        by_project: dict[int, dict[str, str]] = defaultdict(dict)
        for (project, name), checkpoint in present_bearers(self._of_project).items():
            by_project[project][name] = checkpoint
        for pk, facts in self._of_project.items():
            for key in asked:
                name = key.partition("@")[2]
                if name not in by_project[pk]:
                    facts[key] = Measured(checkpoint="")
                elif key in facts and not still_holds(name, facts[key], by_project[pk]):
                    del facts[key]


def _readable(schedule: Schedule) -> Condition | None:
    """None where a stored word is no longer known: whoever asks about it is told."""
    try:
        return parsed(schedule.conditions)
    except ConditionRefused:
        return None


def schedule_facts(schedule: Schedule, rounds: LastRounds, now: datetime) -> dict[str, Measured]:
    found = {}
    if schedule.counted_since == rounds.key:
        found["new_preferences"] = Measured(schedule.n_since_success)
    if rounds.success_at is not None:
        hours = max(0.0, (now - rounds.success_at).total_seconds() / 3600)  # clocks go back
        found["hours_since_success"] = Measured(hours)
    return found


def machine_facts() -> dict[str, Measured]:
    unfinished = Run.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING])
    return {
        "worker_free": Measured(has_idle_worker()),
        "unfinished_runs": Measured(unfinished.count()),
    }


def budget_left(use: BudgetUse) -> Measured:
    """Of the project's seven days, in whole seconds of machines."""
    left = use.seconds_left
    return Measured(NO_LIMIT if left is None else float(round(left)))


def facts_from_json(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Measured]:
    return {name: Measured(**measured) for name, measured in facts.items()}


def _held_since(schedule: Schedule, now: datetime) -> dict[str, datetime]:
    if schedule.checked_at is None or now - schedule.checked_at > LONGEST_BLIND:
        return {}
    return {path: datetime.fromisoformat(at) for path, at in schedule.held_since.items()}
