"""The index that comparisons are searched by follows them: a worker walks to the newest.

Entries are not written where comparisons are made, which is in many places: a large import would
take half as long again. The mark behind which all have their entry stays so far back that nothing
that is committed late can fall behind it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet, Value
from django.db.models.functions import Greatest, Now

from annotate.listing.searched_words import LANGUAGE, MODEL, TAG, as_stored, asked_words, mark_of
from annotate.models import Comparison, SearchEntry, SearchProgress

BATCH = 500  # entries written in one short transaction
SETTLED_AFTER = timedelta(hours=1)  # no transaction that makes comparisons takes as long
BUSY_FOR = timedelta(seconds=90)  # since its last batch; then another worker may begin
MOST_AT_ONCE = 100_000  # of one call: a worker has other work, too


def index_comparisons(*, limit: int = MOST_AT_ONCE) -> int:
    """Give comparisons that have none their entry, the oldest first; how many.

    While another worker is at it, nothing is done.
    """
    SearchProgress.objects.get_or_create(pk=1)
    free = SearchProgress.objects.filter(Q(busy_until=None) | Q(busy_until__lt=Now()), pk=1)
    if not free.update(busy_until=Now() + BUSY_FOR):
        return 0
    try:
        return _walk(limit)
    finally:
        SearchProgress.objects.filter(pk=1).update(busy_until=None)


def _walk(limit: int) -> int:
    progress = SearchProgress.objects.filter(pk=1)
    walked_to = after = progress.values_list("walked_to", flat=True).get()
    n_done = 0
    while n_done < limit:
        waiting = Comparison.objects.filter(pk__gt=after, search_entry=None).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        write_entries(ids)
        n_done += len(ids)
        after = ids[-1]
        progress.update(busy_until=Now() + BUSY_FOR, reached=Greatest("reached", Value(after)))
    settled = Comparison.objects.filter(pk__gt=walked_to, created_at__lt=Now() - SETTLED_AFTER)
    if n_done >= limit:
        settled = settled.filter(pk__lte=after)
    newest = settled.aggregate(newest=Max("pk"))["newest"]
    if newest is not None:
        progress.filter(walked_to__lt=newest).update(
            walked_to=newest, reached=Greatest("reached", Value(newest))
        )
    return n_done


def n_waiting(comparisons: QuerySet[Comparison], *, most: int) -> int:
    """How many of them are newer than the index; `most`, where there are more."""
    reached = SearchProgress.objects.filter(pk=1).values_list("reached", flat=True).first()
    behind = comparisons.filter(pk__gt=reached or 0)
    return behind.order_by()[:most].count()


@transaction.atomic
def write_entries(ids: Iterable[int]) -> None:
    """Write the entries of comparisons, afresh where they have one: a tag may have changed."""
    rows = Comparison.objects.filter(pk__in=list(ids)).select_related("prompt", "first", "second")
    SearchEntry.objects.bulk_create(
        [_entry(row) for row in rows.order_by("pk")],
        update_conflicts=True,
        unique_fields=["comparison"],
        update_fields=["words", "n_characters"],
    )


def holds(text: str) -> str:
    """What `words__holds` takes, to find all that has the words of a text; "" where it has none."""
    return _query(asked_words(text))


def holds_mark(kind: str, name: str) -> str:
    return _query([(mark_of(kind, name), False)])


def _entry(row: Comparison) -> SearchEntry:
    texts = [*_said(row.prompt.messages), row.first.text, row.second.text]
    marks = [mark_of(TAG, str(tag)) for tag in row.prompt.tags]
    marks += [mark_of(MODEL, one.origin) for one in (row.first, row.second) if one.origin]
    if row.prompt.language:
        marks.append(mark_of(LANGUAGE, row.prompt.language))
    return SearchEntry(
        comparison=row,
        project_id=row.project_id,
        words=as_stored(texts, marks),
        n_characters=sum(map(len, texts)),
    )


def _said(messages: list[dict[str, Any]]) -> list[str]:
    parts: dict[int, list[str]] = defaultdict(list)
    for number, message in enumerate(messages):
        content = message.get("content")
        if isinstance(content, str):
            parts[number].append(content)
        elif isinstance(content, list):
            parts[number] += [str(one["text"]) for one in content if one.get("type") == "text"]
    return [text for number in parts for text in parts[number]]


def _query(words: Iterable[tuple[str, bool]]) -> str:
    if connection.vendor == "postgresql":
        return " & ".join(f"'{word}'{':*' if goes_on else ''}" for word, goes_on in words)
    return " AND ".join(f'"{word}"{"*" if goes_on else ""}' for word, goes_on in words)
