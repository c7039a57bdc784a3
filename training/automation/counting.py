"""How many preferences are new to a recipe: those that its snapshot would take, counted exactly.

Workers count, whenever a project has changed; a schedule that is about to start is counted anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from annotate.models import Preference
from training.automation.recipes import newest_version
from training.models import Recipe, Round, RoundState, Schedule
from training.snapshots.selected_preferences import selected_preferences
from training.snapshots.selection import Selection


@dataclass(frozen=True)
class LastRounds:
    """When a recipe's last round began, and the last one that succeeded; None where there is none.

    What a round freezes are the preferences that stood when it began, so what came later is new.
    """

    any_at: datetime | None = None
    success_at: datetime | None = None
    is_running: bool = False
    version: int = 0  # the recipe's newest, whose selection says what counts

    @property
    def key(self) -> list[str | int | None]:
        """While this stays the same, a count of preferences begins at the same point."""
        instants = [at.isoformat() if at else None for at in (self.any_at, self.success_at)]
        return [*instants, self.version]


def last_rounds(recipes: QuerySet[Recipe]) -> dict[int, LastRounds]:
    """By the recipe's key, of each of them."""
    rounds = (
        Round.objects.filter(recipe__in=recipes)
        .values_list("recipe")
        .annotate(
            any_at=Max("started_at"),
            success_at=Max("started_at", filter=Q(state=RoundState.SUCCEEDED)),
            n_running=Count("pk", filter=Q(state=RoundState.RUNNING)),
        )
        .order_by()
    )
    found = {pk: (any_at, success_at, n > 0) for pk, any_at, success_at, n in rounds}
    versions = recipes.order_by().values_list("pk").annotate(Max("versions__number"))
    never = (None, None, False)
    return {pk: LastRounds(*found.get(pk, never), version=number) for pk, number in versions}


def uncounted(schedules: Iterable[Schedule]) -> list[Schedule]:
    """Those whose stored counts begin elsewhere than where their recipes' last rounds did."""
    rows = list(schedules)
    rounds = last_rounds(Recipe.objects.filter(pk__in={row.recipe_id for row in rows}))
    return [row for row in rows if row.counted_since != rounds[row.recipe_id].key]


def count_preferences(schedule: Schedule, *, now: datetime) -> None:
    """Count anew since the last round and the last success; the caller stores it, or does not."""
    last = last_rounds(Recipe.objects.filter(pk=schedule.recipe_id))[schedule.recipe_id]
    counted = learnable(schedule.recipe, now).aggregate(
        since_round=Count("pk", filter=_since(last.any_at)),
        since_success=Count("pk", filter=_since(last.success_at)),
    )
    schedule.n_since_round = counted["since_round"]
    schedule.n_since_success = counted["since_success"]
    schedule.counted_at, schedule.counted_since = now, last.key


def store_counts(schedule: Schedule, *, now: datetime) -> None:
    count_preferences(schedule, now=now)
    schedule.save(update_fields=["n_since_round", "n_since_success", "counted_at", "counted_since"])


def learnable(recipe: Recipe, now: datetime) -> QuerySet[Preference]:
    """What a snapshot that the recipe's next round freezes would take."""
    return selected_preferences([recipe.project], _selection_of(recipe), now).order_by()


def _selection_of(recipe: Recipe) -> Selection:
    """That of the first step which freezes; the usual one where none does."""
    steps: list[dict[str, Any]] = newest_version(recipe).steps
    chosen = next((step.get("selection") for step in steps if step.get("do") == "freeze"), None)
    return Selection.from_json(chosen or {})


def _since(instant: datetime | None) -> Q:
    return Q() if instant is None else Q(resolved_at__gt=instant)
