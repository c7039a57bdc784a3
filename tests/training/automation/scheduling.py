"""Recipes, schedules and facts for tests: rows alone, and time moved by changing rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from annotate.models import Preference, Project
from tests.factories import judge_comparison, make_comparison, make_project
from training.automation.schedules import ScheduleSettings, make_schedule
from training.models import ProjectFacts, Recipe, RecipeVersion, Round, RoundState, Schedule


def make_recipe(project: Project | None = None, **fields: Any) -> Recipe:
    """A recipe of one step: it freezes, and a round of it has nothing else to do."""
    project = project or make_project(overlap=1)
    n = Recipe.objects.count()
    recipe = Recipe.objects.create(**{"project": project, "name": f"Recipe {n}", **fields})
    RecipeVersion.objects.create(recipe=recipe, number=1, steps=[{"do": "freeze"}])
    return recipe


def schedule_of(recipe: Recipe | None = None, **settings: Any) -> Schedule:
    chosen = {"name": "Ours", "trigger": "hand", **settings}
    if chosen["trigger"] == "preferences":
        chosen.setdefault("every_n", 2)
    if chosen["trigger"] == "calendar":
        chosen.setdefault("rule", "0 * * * *")
    return make_schedule(recipe=recipe or make_recipe(), settings=ScheduleSettings(**chosen))


def prefer(project: Project, n: int) -> None:
    """So many more preferences of people."""
    for _number in range(n):
        judge_comparison(make_comparison(project), "first")


def know(project: Project, **facts: Any) -> ProjectFacts:
    """Let these be the newest facts: a value, or value, lower, upper and n."""
    values = {name: _measured(fact) for name, fact in facts.items()}
    ProjectFacts.objects.filter(project=project).update(is_newest=False)
    now = timezone.now()
    newest = Preference.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return ProjectFacts.objects.create(
        project=project, measured_at=now, held_until=now, facts=values, newest_preference=newest
    )


def _measured(fact: Any) -> dict[str, Any]:
    names = ("value", "lower", "upper", "n")
    return dict(zip(names, fact, strict=False)) if isinstance(fact, tuple) else {"value": fact}


def end(a_round: Round, state: str = RoundState.SUCCEEDED) -> None:
    Round.objects.filter(pk=a_round.pk).update(state=state, finished_at=timezone.now())


def long_ago(a_round: Round, **ago: float) -> None:
    """Let the round have begun so long ago."""
    Round.objects.filter(pk=a_round.pk).update(started_at=timezone.now() - timedelta(**ago))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
