"""A selection as the query that it means: what is frozen, and what a refusal counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from annotate.models import Preference, Project
from annotate.preferences.trainable import asked_by_arenas, trainable_preferences
from training.snapshots.selection import Selection


def selected_preferences(
    projects: Sequence[Project], selection: Selection, cutoff_at: datetime
) -> QuerySet[Preference]:
    """What the selection takes of the projects as they stood at `cutoff_at`, by public id."""
    preferences = trainable_preferences(
        projects=projects,
        kinds=selection.kinds,
        cohorts=selection.cohorts or None,
        min_agreement=selection.min_agreement,
        since=selection.since,
        cutoff_at=cutoff_at,
        include_arenas=selection.include_arenas,
    ).filter(outcome__in=selection.outcomes)
    if selection.until:
        preferences = preferences.filter(resolved_at__lt=selection.until)
    return preferences


def n_of_arenas_not_asked_for(
    projects: Sequence[Project], selection: Selection, cutoff_at: datetime
) -> int:
    """How many more there would be if the selection included what arenas asked."""
    if selection.include_arenas:
        return 0
    with_arenas = selected_preferences(projects, replace(selection, include_arenas=True), cutoff_at)
    return asked_by_arenas(with_arenas).order_by().count()
