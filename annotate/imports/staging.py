"""The invisible part of an import: staged, then published by one update, or taken away again."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now

from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.sets import dissolve
from annotate.database.pace import Pace
from annotate.imports.adding import wake_queue
from annotate.imports.imported_annotators import MADE_KINDS
from annotate.models import (
    Adjudication,
    Annotator,
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Completion,
    Entry,
    Import,
    Judgement,
    Membership,
    Preference,
    PreferenceJudgement,
    Prompt,
)

BATCH = 500
RULINGS = Adjudication.objects.filter(comparison=OuterRef("pk"), superseded_at=None)


def staged_by(source: Import) -> QuerySet[Comparison]:
    return Comparison.objects.filter(source=source, state=ComparisonState.STAGED)


def resolve_staged(source: Import, *, fence: Callable[[], None]) -> None:
    """Resolve staged comparisons that came with votes, in short transactions.

    While they are staged, what they resolve to is as invisible as they are. `fence` raises in each
    transaction once the claim is lost: what is staged then is another worker's.
    """
    pace = Pace()
    last: int | None = 0
    while last is not None:
        last = _resolve_batch(source, after=last, n=pace.at_once(BATCH), fence=fence)
        pace.rest()


@transaction.atomic
def _resolve_batch(source: Import, *, after: int, n: int, fence: Callable[[], None]) -> int | None:
    """The last one's id; None at the end."""
    fence()
    ids = list(
        staged_by(source)
        .filter(Q(n_counted__gt=0) | Exists(RULINGS), pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:n]
    )
    resolve_comparisons(lock_comparisons(ids).values())
    return ids[-1] if ids else None


def publish_staged(source: Import) -> None:
    """Show everything at once, inside the caller's transaction, and wake the queue.

    Preferences count from now on: a snapshot of an instant before did not have them.
    """
    live = Preference.objects.filter(comparison=OuterRef("pk"), superseded_at=None)
    is_complete = Q(n_counted__gte=F("wanted"))  # first, so that most rows are not looked up
    is_disputed = When(is_complete & ~Exists(live), then=Value("adjudication"))
    Preference.objects.filter(comparison__in=staged_by(source)).update(resolved_at=Now())
    is_ruled = When(Exists(RULINGS), then=Value(ComparisonState.ADJUDICATED.value))
    staged_by(source).update(
        state=Case(is_ruled, is_disputed, default=Value(ComparisonState.OPEN.value))
    )
    wake_queue(source.project)


def discard_staged(source: Import, *, fence: Callable[[], None]) -> None:
    """Take away what an import has staged, in short transactions, as if it had never been.

    `fence` raises in each of them once the claim is lost: what is staged then is another worker's.
    """
    pace = Pace()
    while _discard_batch(source, n=pace.at_once(BATCH), fence=fence):
        pace.rest()
    _discard_idle_annotators(source, fence)


@transaction.atomic
def _discard_batch(source: Import, *, n: int, fence: Callable[[], None]) -> int:
    fence()
    comparisons = list(
        staged_by(source).order_by("pk").values_list("pk", "prompt", "first", "second")[:n]
    )
    ids = [pk for pk, _prompt, _first, _second in comparisons]
    sets = Comparison.objects.filter(pk__in=ids, completion_set__isnull=False)
    dissolve(list(sets.order_by().values_list("completion_set", flat=True).distinct()))
    PreferenceJudgement.objects.filter(preference__comparison__in=ids).delete()
    Preference.objects.filter(comparison__in=ids).delete()
    Adjudication.objects.filter(comparison__in=ids).delete()
    Judgement.objects.filter(comparison__in=ids).delete()
    Comparison.objects.filter(pk__in=ids).delete()
    texts = {text for _pk, _prompt, *pair in comparisons for text in pair}
    unused_completions(texts).delete()
    prompts = {prompt for _pk, prompt, _first, _second in comparisons}
    Prompt.objects.filter(
        ~Exists(Completion.objects.filter(prompt=OuterRef("pk"))),
        pk__in=prompts,
        awaits_answers=False,  # it waited before this import, and goes on
    ).delete()
    return len(ids)


def unused_completions(ids: set[int]) -> QuerySet[Completion]:
    return Completion.objects.filter(
        ~Exists(Comparison.objects.filter(first=OuterRef("pk"))),
        ~Exists(Comparison.objects.filter(second=OuterRef("pk"))),
        ~Exists(Entry.objects.filter(completion=OuterRef("pk"))),  # it is to meet in an arena
        pk__in=ids,
    )


@transaction.atomic
def _discard_idle_annotators(source: Import, fence: Callable[[], None]) -> None:
    """Annotators that imports made, whose only votes and rulings were staged here, go as well."""
    fence()
    idle = Annotator.objects.filter(
        ~Exists(Judgement.objects.filter(annotator=OuterRef("pk"))),
        ~Exists(Adjudication.objects.filter(reviewer=OuterRef("pk"))),
        kind__in=[AnnotatorKind.IMPORTED, *MADE_KINDS],
        simulation__isnull=True,
        memberships__project=source.project,
    )
    ids = list(idle.values_list("pk", flat=True))
    Membership.objects.filter(annotator__in=ids).delete()
    Annotator.objects.filter(pk__in=ids).delete()
