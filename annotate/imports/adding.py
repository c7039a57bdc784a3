"""Comparisons come in: prompts, completions and votes, in short transactions of many rows."""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import F

from alignment_core.formats import checks
from alignment_core.formats.rows import NewComparison, Vote
from annotate.database.pace import Pace
from annotate.errors import InvalidInput
from annotate.imports.batches import Added, BatchWriter
from annotate.imports.new_sets import settle_sets
from annotate.imports.words import in_words
from annotate.models import ComparisonState, Import, Project

__all__ = ["Added", "NewComparison", "Vote", "add_comparisons"]

BATCH_ROWS = 2000
BATCH_CHARACTERS = 4_000_000  # a batch of long texts is cut sooner, so that memory stays flat


def add_comparisons(
    *,
    project: Project,
    rows: Iterable[NewComparison],
    source: Import | None = None,
    publish: bool = True,
) -> Added:
    """Put comparisons in the queue, in batches that stand each for itself; duplicates are counted.

    Votes that come with a row count as judgements of imported annotators, and resolve at once.
    Raises: InvalidInput for a text that cannot be kept; the batches before it stay.
    """
    state = ComparisonState.OPEN if publish else ComparisonState.STAGED
    writer = BatchWriter(project=project, source=source, state=state)
    added = Added()
    for batch in batches(rows):
        for row in batch:
            _check(row)
        with transaction.atomic():
            added += writer.write(batch)
            if publish:
                wake_queue(project)
    if publish:
        settle_sets(project)
        with transaction.atomic():
            wake_queue(project)
    return added


def batches(rows: Iterable[NewComparison]) -> Iterator[list[NewComparison]]:
    """Cut a stream into batches that are small in rows and in characters.

    They are for one transaction each, and smaller where others would wait for its end.
    """
    pace = Pace()
    most_rows = pace.at_once(BATCH_ROWS)
    batch: list[NewComparison] = []
    n_characters = 0
    for row in rows:
        batch.append(row)
        n_characters += row.n_characters
        if len(batch) >= most_rows or n_characters >= BATCH_CHARACTERS:
            yield batch
            pace.rest()
            most_rows = pace.at_once(BATCH_ROWS)
            batch, n_characters = [], 0
    if batch:
        yield batch


def wake_queue(project: Project) -> None:
    """Let every member walk the queue afresh: what is new may lie before their place in it."""
    Project.objects.filter(pk=project.pk).update(
        queue_epoch=F("queue_epoch") + 1, n_slots_freed=F("n_slots_freed") + 1
    )


def _check(row: NewComparison) -> None:
    try:
        checks.in_turn("messages", checks.conversation("messages", row.messages))
        checks.text_or_nothing("first_text", row.first_text)
        checks.text_or_nothing("second_text", row.second_text)
        if not row.votes:  # people would be asked about it
            checks.refuse_empty(row)
        checks.different("second_text", row.first_text, row.second_text)
    except checks.RowError as error:
        raise InvalidInput(
            in_words(error), field=error.field, value=checks.shown(error.value)
        ) from error
