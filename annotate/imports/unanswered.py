"""Prompts without answers: kept, until models or people have answered them.

Such a prompt bears the mark `awaits_answers` from the moment its import is published. It waits as
long as no comparison of it is there, whoever brings one: nothing is to be counted or taken back.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from alignment_core.canonical import digest_of_json
from alignment_core.formats.rows import NewCompletion
from annotate.database.pace import Pace
from annotate.imports.batches import Added
from annotate.models import Comparison, ComparisonState, Completion, Import, Project, Prompt

FLUSH_ROWS = 1000
FLUSH_CHARACTERS = 4_000_000
BATCH = 500


class UnansweredPrompts:
    """Takes prompts one at a time and stores them in short transactions of many.

    `fence` raises in each of them once the claim is lost.
    """

    def __init__(
        self, project: Project, *, source: Import | None, fence: Callable[[], None] = lambda: None
    ) -> None:
        self.added = Added()
        self._project = project
        self._source = source
        self._fence = fence
        self._rows: list[NewCompletion] = []
        self._n_characters = 0
        self._pace = Pace()
        self._most_rows = self._pace.at_once(FLUSH_ROWS)

    def take(self, row: NewCompletion) -> None:
        self._rows.append(row)
        self._n_characters += len(str(row.messages))
        if len(self._rows) >= self._most_rows or self._n_characters >= FLUSH_CHARACTERS:
            self.flush()
            self._pace.rest()
            self._most_rows = self._pace.at_once(FLUSH_ROWS)

    def flush(self) -> None:
        """Store what was taken; a prompt that the project knows already is a repeat."""
        rows = {digest_of_json(row.messages): row for row in reversed(self._rows)}
        with transaction.atomic():
            self._fence()
            known = self._known(list(rows))
            Prompt.objects.bulk_create(
                [self._prompt(digest, row) for digest, row in rows.items() if digest not in known],
                ignore_conflicts=True,  # somebody else's insert of the same text
            )
        n_new = len(rows) - len(known)
        self.added += Added(
            n_prompts=n_new, n_unanswered=n_new, n_duplicates=len(self._rows) - n_new
        )
        self._rows, self._n_characters = [], 0

    def _known(self, digests: list[str]) -> set[str]:
        there = Prompt.objects.filter(project=self._project, digest__in=digests)
        return set(there.values_list("digest", flat=True))

    def _prompt(self, digest: str, row: NewCompletion) -> Prompt:
        return Prompt(
            project=self._project,
            source=self._source,
            messages=row.messages,
            digest=digest,
            tags=row.tags,
            language=row.language,
            external_id=row.external_id,
        )


def unanswered_prompts(project: Project) -> QuerySet[Prompt]:
    """The prompts that wait for answers."""
    answered = Comparison.objects.filter(prompt=OuterRef("pk")).exclude(
        state=ComparisonState.STAGED  # which may be taken back
    )
    return Prompt.objects.filter(~Exists(answered), project=project, awaits_answers=True)


def publish_prompts(source: Import) -> None:
    """Let what was staged wait for answers, inside the caller's transaction."""
    Prompt.objects.filter(source=source).update(awaits_answers=True)


def discard_prompts(source: Import, *, fence: Callable[[], None]) -> None:
    """Take away the prompts that an import has staged, in short transactions."""
    pace = Pace()
    while _discard_batch(source, n=pace.at_once(BATCH), fence=fence):
        pace.rest()


@transaction.atomic
def _discard_batch(source: Import, *, n: int, fence: Callable[[], None]) -> int:
    fence()
    staged = Prompt.objects.filter(
        ~Exists(Completion.objects.filter(prompt=OuterRef("pk"))),
        source=source,
        awaits_answers=False,
    )
    ids = list(staged.order_by("pk").values_list("pk", flat=True)[:n])
    Prompt.objects.filter(pk__in=ids).delete()
    return len(ids)
