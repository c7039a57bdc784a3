"""A selection as the query that it means: what is frozen, and what a refusal counts."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from annotate.models import Preference, Project
from annotate.preferences.trainable import trainable_preferences
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
    ).filter(outcome__in=selection.outcomes)
    if selection.until:
        preferences = preferences.filter(resolved_at__lt=selection.until)
    return preferences
