"""What readers may see of a project: nothing that is not published yet."""

from django.db.models import QuerySet

from annotate.models import Comparison, ComparisonState, Judgement, Preference, Project


def visible_comparisons(project: Project) -> QuerySet[Comparison]:
    """The project's comparisons, without those that are not published yet."""
    return project.comparisons.exclude(state=ComparisonState.STAGED)


def live_judgements(project: Project) -> QuerySet[Judgement]:
    return project.judgements.filter(withdrawn_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )


def live_preferences(project: Project) -> QuerySet[Preference]:
    return Preference.objects.filter(comparison__project=project, superseded_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )
