"""The comparisons on which people differ."""

from django.db.models import QuerySet

from annotate.comparisons.visible import visible_comparisons
from annotate.models import Comparison, Project


def disagreements(project: Project) -> QuerySet[Comparison]:
    """Comparisons whose counted judgements differ, the most divided first."""
    return (
        visible_comparisons(project)
        .filter(n_divided__gt=0)
        .select_related("prompt", "first", "second")
        .order_by("-n_divided", "-id")
    )
