"""What readers may see of a project: nothing that is not published yet."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    Preference,
    Project,
    Prompt,
)


def visible_comparisons(project: Project) -> QuerySet[Comparison]:
    """The project's comparisons, without those that are not published yet."""
    return project.comparisons.exclude(state=ComparisonState.STAGED)


def listed_comparisons(project: Project) -> QuerySet[Comparison]:
    """Those that lists and counts are of: a silent repeat is another look at one of them."""
    return visible_comparisons(project).filter(repeat_of=None)


def visible_prompts(project: Project) -> QuerySet[Prompt]:
    """The project's prompts that are judged or wait for answers.

    Those of an import that is not published yet may be taken back.
    """
    published = Comparison.objects.filter(prompt=OuterRef("pk")).exclude(
        state=ComparisonState.STAGED
    )
    return project.prompts.filter(Q(awaits_answers=True) | Exists(published))


def live_judgements(project: Project) -> QuerySet[Judgement]:
    return project.judgements.filter(withdrawn_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )


def live_preferences(project: Project) -> QuerySet[Preference]:
    return Preference.objects.filter(comparison__project=project, superseded_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )
