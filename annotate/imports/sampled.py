"""Comparisons that a model's samples make: staged as an import's are, then published at once.

No import stands behind them. While they are staged, their priority is a mark that says whose they
are: no queue reads it, as nobody is asked about what is staged.
"""

from collections.abc import Callable, Collection, Iterable

from django.db import transaction
from django.db.models import QuerySet

from alignment_core.formats.rows import NewComparison
from annotate.database.pace import Pace
from annotate.imports.adding import batches, wake_queue
from annotate.imports.batches import Added, BatchWriter
from annotate.imports.staging import BATCH, unused_completions
from annotate.models import Comparison, ComparisonState, Project

GREATEST_MARK = 2**20  # as far as a priority goes; 0 is what an import has


def stage_sampled(
    *, project: Project, mark: int, rows: Iterable[NewComparison], fence: Callable[[], None]
) -> Added:
    """Add the rows, invisible until they are published, in short transactions.

    `fence` raises in each of them once the claim is lost, and then nothing more is added.
    """
    writer = BatchWriter(project=project, source=None, state=ComparisonState.STAGED, priority=mark)
    added = Added()
    for batch in batches(rows):
        with transaction.atomic():
            fence()
            added += writer.write(batch)
    return added


@transaction.atomic
def publish_sampled(*, project: Project, mark: int, priority: int) -> None:
    """Show what is staged under the mark at once, to be judged by this priority."""
    staged_sampled(project).filter(priority=mark).update(
        state=ComparisonState.OPEN, priority=priority
    )
    wake_queue(project)


def discard_sampled(
    *, project: Project, but_for: Collection[int], fence: Callable[[], None]
) -> None:
    """Take away what is staged under other marks, in short transactions, with texts of its own.

    The prompts stay: they were there before.
    """
    pace = Pace()
    while _discard_batch(project, but_for, n=pace.at_once(BATCH), fence=fence):
        pace.rest()


@transaction.atomic
def _discard_batch(
    project: Project, but_for: Collection[int], *, n: int, fence: Callable[[], None]
) -> int:
    fence()
    staged = staged_sampled(project).exclude(priority__in=but_for).order_by("pk")
    rows = list(staged.values_list("pk", "first", "second")[:n])
    Comparison.objects.filter(pk__in=[pk for pk, _first, _second in rows]).delete()
    unused_completions({text for _pk, *pair in rows for text in pair}).delete()
    return len(rows)


def staged_sampled(project: Project) -> QuerySet[Comparison]:
    return Comparison.objects.filter(
        project=project, source=None, state=ComparisonState.STAGED, priority__gt=0
    )
