"""One batch of new comparisons into the tables: a few statements, however many rows."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from alignment_core.formats.rows import NewComparison, Ruling
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import VERDICT_COUNTS
from annotate.database.bulk_insert import insert
from annotate.imports.given_votes import (
    GivenVote,
    as_stored,
    derived_id,
    insert_rulings,
    insert_votes,
    ruling_of,
)
from annotate.imports.imported_annotators import ImportedAnnotators
from annotate.imports.texts import Digested, Stored, find_or_add_completions, find_or_add_prompts
from annotate.models import (
    Comparison,
    ComparisonState,
    Import,
    Judgement,
    Project,
    Role,
)

ATTEMPTS = 3
NO_VERDICTS = dict.fromkeys(VERDICT_COUNTS.values(), 0)


@dataclass(frozen=True)
class Added:
    n_prompts: int = 0
    n_comparisons: int = 0
    n_duplicates: int = 0
    n_judgements: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(
            *(getattr(self, entry.name) + getattr(other, entry.name) for entry in fields(self))
        )


@dataclass
class _Pair:
    """A comparison that rows of this batch speak of: new, or there already with its `pk`."""

    row: NewComparison
    prompt: int  # its primary key
    first: Stored
    second: Stored
    recorded_verdict: str
    is_turned: bool  # the row that made it names the completions the other way
    is_swapped: bool  # the row's voters knew `second` as its first answer
    pk: int | None = None
    takes_votes: bool = True
    votes: dict[int, GivenVote] = field(default_factory=dict)  # by the annotator's pk
    voted_before: set[int] = field(default_factory=set)

    @property
    def counted(self) -> list[str]:
        """The verdicts that count."""
        return [vote.verdict for vote in self.votes.values() if vote.is_counted]


class BatchWriter:
    """Writes batches for one project, inside the caller's transaction.

    A prompt, a completion or a comparison that is there already is used, not doubled. Votes go to
    comparisons that are new, or staged by the same import: what is published is not voted on from
    a file.
    """

    def __init__(
        self,
        *,
        project: Project,
        source: Import | None,
        state: ComparisonState,
        overlap: int | None = None,
        priority: int = 0,
    ) -> None:
        self.project = project
        self.source = source
        self.state = state
        self.overlap = overlap
        self.priority = priority
        self.voters = ImportedAnnotators(project)

    def write(self, rows: list[NewComparison]) -> Added:
        """Add a batch. Somebody else's insert of the same text at the same time is awaited."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return self._write(rows)
            except IntegrityError:  # the same text came in elsewhere: now it can be found
                self.voters.forget()
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("the loop above returns or raises")

    def _write(self, rows: list[NewComparison]) -> Added:
        digested = [Digested(row) for row in rows]
        prompts, new_prompts = find_or_add_prompts(self.project, digested)
        completions = find_or_add_completions(
            self.project, digested, prompts, new_prompts=new_prompts
        )
        pairs, n_repeated = self._pairs(digested, prompts, completions)
        new = [pair for pair in pairs if pair.pk is None]
        for pair, key in zip(new, self._insert(new), strict=True):
            pair.pk = key
        self._count_more([pair for pair in pairs if pair.voted_before and pair.votes])
        n_judgements = insert_votes(
            self.project, {pair.pk: pair.votes for pair in pairs if pair.pk is not None}
        )
        insert_rulings(self._rulings(new))
        if self.state == ComparisonState.OPEN:
            voted = [pair.pk for pair in new if pair.pk is not None and pair.votes]
            resolve_comparisons(lock_comparisons(voted).values())
        return Added(
            n_prompts=len(new_prompts),
            n_comparisons=len(new),
            n_duplicates=n_repeated,
            n_judgements=n_judgements,
        )

    def _pairs(
        self,
        digested: list[Digested],
        prompts: dict[str, int],
        completions: dict[tuple[int, str, str], Stored],
    ) -> tuple[list[_Pair], int]:
        """The comparisons that the rows speak of, each once, and how many rows said nothing new."""
        pairs: dict[tuple[int, int], _Pair] = {}
        order = []
        for entry in digested:
            row, prompt = entry.row, prompts[entry.prompt]
            first, second = (
                completions[prompt, digest, origin] for _text, digest, origin in entry.completions
            )
            is_swapped = second.public_id < first.public_id
            if is_swapped:
                first, second = second, first
            pair = pairs.setdefault(
                (first.pk, second.pk),
                _Pair(
                    row,
                    prompt,
                    first,
                    second,
                    as_stored(row.recorded_verdict, is_swapped),
                    is_swapped,
                    _is_swapped(row, is_swapped),
                ),
            )
            order.append((row, pair, is_swapped))
        self._find_stored(pairs)
        n_repeated = 0
        for row, pair, is_swapped in order:
            is_new = pair.pk is None and pair.row is row
            has_voted = self._take_votes(pair, row, is_swapped)
            n_repeated += not is_new and not has_voted
        return list(pairs.values()), n_repeated

    def _find_stored(self, pairs: dict[tuple[int, int], _Pair]) -> None:
        older = [pair for pair in pairs.values() if not (pair.first.is_new or pair.second.is_new)]
        stored = Comparison.objects.filter(
            first__in={pair.first.pk for pair in older},
            second__in={pair.second.pk for pair in older},
            repeat_of=None,
        ).values_list("first", "second", "pk", "state", "source")
        for first, second, pk, state, source in stored:
            pair = pairs.get((first, second))
            if pair is not None:
                pair.pk = pk
                pair.takes_votes = (
                    state == ComparisonState.STAGED
                    and self.source is not None
                    and source == self.source.pk
                )
        by_pk = {pair.pk: pair for pair in pairs.values() if pair.pk and pair.takes_votes}
        voted = Judgement.objects.filter(comparison__in=list(by_pk), withdrawn_at=None)
        for comparison, annotator in voted.values_list("comparison", "annotator"):
            by_pk[comparison].voted_before.add(annotator)

    def _take_votes(self, pair: _Pair, row: NewComparison, is_swapped: bool) -> bool:
        """Whether the row had a vote that was not there yet."""
        has_voted = False
        for vote in row.votes if pair.takes_votes else ():
            annotator = self.voters.id_of_voter(vote)
            if annotator not in pair.votes and annotator not in pair.voted_before:
                verdict = as_stored(vote.verdict, is_swapped)
                pair.votes[annotator] = GivenVote(verdict, vote.details, is_swapped)
                has_voted = True
        return has_voted

    def _insert(self, pairs: list[_Pair]) -> list[int]:
        rows = [
            {
                "project_id": self.project.pk,
                "prompt_id": pair.prompt,
                "first_id": pair.first.pk,
                "second_id": pair.second.pk,
                "source_id": self.source and self.source.pk,
                "state": self.state.value,
                "priority": self.priority,
                "wanted": self._wanted(pair),
                "n_counted": len(pair.counted),
                "recorded_verdict": pair.recorded_verdict,
                "is_swapped": pair.is_swapped,
                **self._as_exported(pair),
                **_verdict_counts(pair.counted),
            }
            for pair in pairs
        ]
        return insert(Comparison, rows)

    def _as_exported(self, pair: _Pair) -> dict[str, Any]:
        """What a file of ours says of the comparison."""
        exported = pair.row.exported
        if exported is None:
            return {"public_id": uuid4(), "gold_verdict": ""}
        return {
            "public_id": derived_id(self.project, exported.id, pair.first.pk, pair.second.pk),
            "gold_verdict": as_stored(exported.gold_verdict, pair.is_turned),
        }

    def _wanted(self, pair: _Pair) -> int:
        """Votes that came with it are enough, unless this import, or our export, asks for more."""
        asked = pair.row.exported and pair.row.exported.wanted
        if pair.votes:
            return max(len(pair.counted), self.overlap or 0, asked or 0)
        return self.overlap or self.project.overlap

    def _rulings(self, pairs: list[_Pair]) -> Iterator[tuple[int, int, Ruling, bool]]:
        for pair in pairs:
            ruling = ruling_of(pair.row)
            if ruling is not None and pair.pk is not None:
                reviewer = self.voters.id_of(ruling.reviewer, kind=ruling.kind, role=Role.REVIEWER)
                yield pair.pk, reviewer, ruling, pair.is_turned

    def _count_more(self, pairs: list[_Pair]) -> None:
        """Later rows of a file may bring more votes of a comparison staged before."""
        for pair in pairs:
            if pair.pk is None:
                continue
            n_more = len(pair.counted)
            Comparison.objects.filter(pk=pair.pk).update(
                wanted=Greatest(F("wanted"), F("n_counted") + n_more),
                n_counted=F("n_counted") + n_more,
                **{name: F(name) + n for name, n in _verdict_counts(pair.counted).items()},
            )


def _is_swapped(row: NewComparison, is_turned: bool) -> bool:
    """Whether the voters knew the comparison's second completion as the first one."""
    was_swapped = row.exported is not None and row.exported.is_swapped
    return row.has_named_answers and is_turned != was_swapped


def _verdict_counts(verdicts: Collection[str]) -> dict[str, int]:
    if not verdicts:
        return NO_VERDICTS
    counts = Counter(verdicts)
    return {name: counts[verdict] for verdict, name in VERDICT_COUNTS.items()}
