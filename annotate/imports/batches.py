"""One batch of new comparisons into the tables: a few statements, however many rows."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from alignment_core.formats.rows import NewComparison, Ruling, Vote
from annotate.comparisons.adaptive_overlap import overlap_at_first
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.verdict_counts import VERDICT_COUNTS
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
from annotate.imports.model_names import share_origins
from annotate.imports.new_sets import begin_sets
from annotate.imports.recorded import is_unnamed, most_said, unnamed_voter
from annotate.imports.spoken_of import SpokenOf
from annotate.imports.texts import Digested, Stored, find_or_add_completions, find_or_add_prompts
from annotate.models import (
    Comparison,
    ComparisonState,
    Import,
    Judgement,
    Project,
    Role,
)
from annotate.models.corpus import new_rand_key

ATTEMPTS = 3
REPEATED, CONTRADICTED, SECOND_VOTE = "repeated", "contradicted", "second vote"
NO_VERDICTS = dict.fromkeys(VERDICT_COUNTS.values(), 0)


@dataclass(frozen=True)
class Added:
    n_prompts: int = 0
    n_comparisons: int = 0
    n_duplicates: int = 0  # rows that said nothing new
    n_contradictions: int = 0  # rows that call the other completion better than a row before
    n_second_votes: int = 0  # of somebody who had voted otherwise: the first one stands
    n_judgements: int = 0
    n_unanswered: int = 0  # prompts without answers

    def __add__(self, other: "Added") -> "Added":
        return Added(
            *(getattr(self, entry.name) + getattr(other, entry.name) for entry in fields(self))
        )


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
        self.repeated: dict[int, Counter[str]] = {}  # verdicts on record of pairs in many rows

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
        share_origins(digested, prompts, new_prompts=new_prompts, source=self.source)
        completions = find_or_add_completions(
            self.project, digested, prompts, new_prompts=new_prompts
        )
        pairs, said = self._pairs(digested, prompts, completions)
        self._settle_recorded(pairs)
        new = [pair for pair in pairs if pair.pk is None]
        for pair, key in zip(new, self._insert(new), strict=True):
            pair.pk = key
        self._count_more([pair for pair in pairs if pair.voted_before and pair.votes])
        n_judgements = insert_votes(
            self.project, {pair.pk: pair.votes for pair in pairs if pair.pk is not None}
        )
        insert_rulings(self._rulings(new))
        self.repeated |= {pair.pk: pair.recorded for pair in pairs if pair.pk and pair.is_repeated}
        if self.state == ComparisonState.OPEN:
            voted = [pair.pk for pair in new if pair.pk is not None and pair.votes]
            resolve_comparisons(lock_comparisons(voted).values())
        return Added(
            n_prompts=len(new_prompts),
            n_comparisons=len(new),
            n_duplicates=said[REPEATED],
            n_contradictions=said[CONTRADICTED],
            n_second_votes=said[SECOND_VOTE],
            n_judgements=n_judgements,
        )

    def _pairs(
        self,
        digested: list[Digested],
        prompts: dict[str, int],
        completions: dict[tuple[int, str, str], Stored],
    ) -> tuple[list[SpokenOf], Counter[str]]:
        """The comparisons that the rows speak of, each once, and what more rows said of them."""
        pairs: dict[tuple[int, int], SpokenOf] = {}
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
                SpokenOf(
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
        said: Counter[str] = Counter()
        for row, pair, is_swapped in order:
            is_new = pair.pk is None and pair.row is row
            said.update(self._take(pair, row, is_swapped, is_new=is_new))
        return list(pairs.values()), said

    def _take(
        self, pair: SpokenOf, row: NewComparison, is_swapped: bool, *, is_new: bool
    ) -> list[str]:
        """Take in what a row says of its pair; what is to be counted of it beside its votes."""
        verdict = as_stored(row.recorded_verdict, is_swapped)
        has_contradicted = bool(verdict and pair.recorded) and verdict != pair.said_first
        pair.recorded.update([verdict] if verdict else [])
        n_new, n_second = self._take_votes(pair, row, is_swapped)
        found = [SECOND_VOTE] * n_second + [CONTRADICTED] * has_contradicted
        return found if is_new or n_new or found else [REPEATED]

    def _find_stored(self, pairs: dict[tuple[int, int], SpokenOf]) -> None:
        older = [pair for pair in pairs.values() if not (pair.first.is_new or pair.second.is_new)]
        stored = Comparison.objects.filter(
            first__in={pair.first.pk for pair in older},
            second__in={pair.second.pk for pair in older},
            repeat_of=None,
        ).values_list("first", "second", "pk", "recorded_verdict", "state", "source")
        for first, second, pk, recorded, state, source in stored:
            pair = pairs.get((first, second))
            if pair is not None:
                pair.pk = pk
                on_record = self.repeated.get(pk, [recorded] if recorded else [])
                pair.recorded = Counter(on_record)  # its own, as a batch may be tried again
                pair.takes_votes = (
                    state == ComparisonState.STAGED
                    and self.source is not None
                    and source == self.source.pk
                )
        by_pk = {pair.pk: pair for pair in pairs.values() if pair.pk and pair.takes_votes}
        voted = Judgement.objects.filter(comparison__in=list(by_pk), withdrawn_at=None)
        known = voted.values_list("comparison", "annotator", "verdict")
        for comparison, annotator, verdict in known:
            by_pk[comparison].voted_before[annotator] = verdict

    def _take_votes(self, pair: SpokenOf, row: NewComparison, is_swapped: bool) -> tuple[int, int]:
        """How many votes of a row were not there yet, and how many somebody had given otherwise."""
        n_new = n_second = 0
        for vote in row.votes if pair.takes_votes else ():
            annotator = self._voter(pair, row, vote)
            verdict = as_stored(vote.verdict, is_swapped)
            before = pair.verdict_of(annotator)
            if before is None:
                pair.votes[annotator] = GivenVote(verdict, vote.details, is_swapped)
                n_new += 1
            n_second += before not in (None, verdict)
        return n_new, n_second

    def _voter(self, pair: SpokenOf, row: NewComparison, vote: Vote) -> int:
        """Whoever gave a vote. Rows that name nobody are a vote each, of somebody else each."""
        if not is_unnamed(row):
            return self.voters.id_of_voter(vote)
        names = (unnamed_voter(number) for number in count(1))
        return next(
            voter for voter in map(self.voters.id_of, names) if pair.verdict_of(voter) is None
        )

    def _settle_recorded(self, pairs: list[SpokenOf]) -> None:
        """Where rows contradict one another, what most of them say is on record, or else a tie."""
        for pair in pairs:
            if not pair.is_repeated:
                continue
            settled = most_said(pair.recorded)
            if pair.pk is not None:
                Comparison.objects.filter(pk=pair.pk).update(recorded_verdict=settled)
            pair.recorded_verdict = settled

    def _insert(self, pairs: list[SpokenOf]) -> list[int]:
        sets = begin_sets(self.project, {pair.set_key for pair in pairs} - {None})
        rows = [
            {
                "project_id": self.project.pk,
                "prompt_id": pair.prompt,
                "first_id": pair.first.pk,
                "second_id": pair.second.pk,
                "source_id": self.source and self.source.pk,
                "state": self.state.value,
                "priority": self.priority,
                **self._overlap(pair),
                "n_counted": len(pair.counted),
                "recorded_verdict": pair.recorded_verdict,
                "is_swapped": pair.is_swapped,
                "completion_set_id": sets.get(pair.set_key),
                "is_derived": pair.set_key in sets,
                **self._as_exported(pair),
                **_verdict_counts(pair.counted),
            }
            for pair in pairs
        ]
        return insert(Comparison, rows)

    def _as_exported(self, pair: SpokenOf) -> dict[str, Any]:
        """What a file of ours says of the comparison."""
        exported = pair.row.exported
        if exported is None:
            return {"public_id": uuid4(), "gold_verdict": "", "gold_also": ""}
        return {
            "public_id": derived_id(self.project, exported.id, pair.first.pk, pair.second.pk),
            "gold_verdict": as_stored(exported.gold_verdict, pair.is_turned),
            "gold_also": as_stored(exported.gold_also, pair.is_turned),
        }

    def _overlap(self, pair: SpokenOf) -> dict[str, Any]:
        """Votes that came with it are enough, unless this import, or our export, asks for more."""
        asked = pair.row.exported and pair.row.exported.wanted
        full = self.overlap or self.project.overlap
        if pair.votes:
            full = max(len(pair.counted), self.overlap or 0, asked or 0)
        rand_key = new_rand_key()
        is_fixed = bool(pair.votes) or pair.set_key is not None
        overlap = overlap_at_first(self.project, full, rand_key=rand_key, is_fixed=is_fixed)
        return {"rand_key": rand_key, **overlap._asdict()}

    def _rulings(self, pairs: list[SpokenOf]) -> Iterator[tuple[int, int, Ruling, bool]]:
        for pair in pairs:
            ruling = ruling_of(pair.row)
            if ruling is not None and pair.pk is not None:
                reviewer = self.voters.id_of(ruling.reviewer, kind=ruling.kind, role=Role.REVIEWER)
                yield pair.pk, reviewer, ruling, pair.is_turned

    def _count_more(self, pairs: list[SpokenOf]) -> None:
        """Later rows of a file may bring more votes of a comparison staged before."""
        for pair in pairs:
            if pair.pk is None:
                continue
            n_more = len(pair.counted)
            Comparison.objects.filter(pk=pair.pk).update(
                wanted=Greatest(F("wanted"), F("n_counted") + n_more),
                most=0,
                is_control=False,
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
