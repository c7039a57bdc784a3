"""Records to the examples that a method trains on, with everything left out counted."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

from alignment_core.configs.votes import VoteRule
from alignment_core.data.given_file import GivenFile, Record
from alignment_core.data.left_out import ALLOWED, refuse_if_many
from alignment_core.data.one_by_one import one_by_one
from alignment_core.data.records import PROMPT, UNDESIRABLE, PreferenceRecord
from alignment_core.data.targets import PairTarget, pair_target
from alignment_core.data.tokenization import (
    ChatEncoder,
    TokenizationCounts,
    TokenizedExample,
    tokenize_example,
)
from alignment_core.errors import Refused

OUTCOMES_ALONE = VoteRule()


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedRecords:
    """Examples in the order of the file; the three lists run alongside one another.

    An example has a completion for each side of its record that is there.
    """

    records: list[PreferenceRecord]
    examples: list[TokenizedExample]
    targets: list[PairTarget]
    counts: TokenizationCounts
    n_read: int
    outcomes: Counter[str] = field(default_factory=Counter)
    given: Mapping[str, Any] = field(default_factory=dict)  # what `GivenFile` found, where it read

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def lengths(self) -> list[int]:
        """Tokens of the longest sequence of each example."""
        return [example.n_tokens for example in self.examples]

    @property
    def packed_lengths(self) -> list[int]:
        """Tokens of each example where its completions share their prompt."""
        return [example.n_packed_tokens for example in self.examples]

    @property
    def rows_per_example(self) -> int:
        """Completions of an example at most; of records with one alone the others have two."""
        return max(len(example.completions) for example in self.examples)


def prepare_file(
    path: Path,
    encoder: ChatEncoder,
    *,
    sides: tuple[str, ...],
    max_length: int,
    alone: tuple[str, ...] = (),
    rule: VoteRule = OUTCOMES_ALONE,
    max_unusable: float = ALLOWED,
    field: str = "data",
) -> PreparedRecords:
    """Read and encode a file of records.

    Args:
        path: of the records, in any of the formats that are known.
        encoder: of the tokenizer whose ids are wanted.
        max_length: tokens of a prompt with its longest completion; a prompt loses its oldest turns
            to fit, and a record is left out where its last turn alone does not.
        sides: which completions to encode: ("chosen",), or ("chosen", "rejected").
        alone: which of them are enough where the other is missing.
        rule: how votes become targets, and which outcomes are used.
        max_unusable: share of the rows that may be left out as they cannot be read, or not be
            written as the model would read them.
        field: that names the file in a refusal.
    Raises: Refused if the file cannot be read, or if more of its rows cannot be used.
    """
    given = GivenFile(path, field)
    prepared = _prepare(
        given.rows(), encoder, sides=sides, alone=alone, max_length=max_length, rule=rule
    )
    prepared.counts.dropped.update(given.dropped)
    n_read = prepared.n_read + given.dropped.total()
    refuse_if_many(prepared.counts.left_out, n_read=n_read, allowed=max_unusable, field=field)
    return dataclasses.replace(prepared, n_read=n_read, given=given.as_json())


def prepare_records(
    records: Iterable[PreferenceRecord],
    encoder: ChatEncoder,
    *,
    sides: tuple[str, ...],
    alone: tuple[str, ...] = (),
    max_length: int,
    rule: VoteRule = OUTCOMES_ALONE,
) -> PreparedRecords:
    """Encode records, leaving out and counting those that the method cannot use.

    Args: records, in the order in which they come out, numbered from 1; encoder, sides, alone,
        max_length and rule as `prepare_file`.
    Returns: what is left, with the counts of what was left out, by reason.
    """
    rows = ((row, record.id, record) for row, record in enumerate(records, start=1))
    return _prepare(rows, encoder, sides=sides, alone=alone, max_length=max_length, rule=rule)


def _prepare(
    rows: Iterable[Record],
    encoder: ChatEncoder,
    *,
    sides: tuple[str, ...],
    alone: tuple[str, ...],
    max_length: int,
    rule: VoteRule,
) -> PreparedRecords:
    counts = TokenizationCounts()
    outcomes: Counter[str] = Counter()
    kept: list[tuple[PreferenceRecord, TokenizedExample, PairTarget]] = []
    records = _counted(counts.readable(rows), outcomes)
    if sides == ("chosen",) or "rejected" in alone:
        records = one_by_one(records, counts.dropped, in_place=sides == ("chosen",))
    for row, record in records:
        there = tuple(side for side in sides if getattr(record, side))
        if there != sides and not set(alone).intersection(there):
            _count_lacking(counts, record.outcome)
            continue
        target = pair_target(record, rule)
        if target is None:
            counts.dropped[record.outcome] += 1
            continue
        with counts.leaving_out(row, record.id):
            example = tokenize_example(
                encoder,
                counts,
                id=record.id,
                messages=record.prompt,
                completions=[getattr(record, side) for side in there],
                max_length=max_length,
                row=row,
            )
            if example is not None:
                kept.append((record, example, target))
    return PreparedRecords(
        records=[record for record, _, _ in kept],
        examples=[example for _, example, _ in kept],
        targets=[target for _, _, target in kept],
        counts=counts,
        n_read=outcomes.total() + counts.n_unreadable,
        outcomes=outcomes,
    )


def _counted(
    records: Iterable[tuple[int, PreferenceRecord]], outcomes: Counter[str]
) -> Iterator[tuple[int, PreferenceRecord]]:
    for row, record in records:
        outcomes[record.outcome] += 1
        yield row, record


def _count_lacking(counts: TokenizationCounts, outcome: str) -> None:
    """Count a record without the completions that are wanted."""
    if outcome == UNDESIRABLE:
        counts.dropped["bad_without_good"] += 1
    else:
        counts.dropped["no_completion" if outcome == PROMPT else "one_completion"] += 1


def shared_records(
    first: PreparedRecords, second: PreparedRecords
) -> tuple[PreparedRecords, PreparedRecords]:
    """Both without what the other has left out, so that figures of the two stand on the same pairs.

    Args: first, second: of one file, in the tokens of two models.
    Returns: both with as many records; `dropped` counts what the other could not read.
    """
    names = [set(map(_told_apart, prepared.records)) for prepared in (first, second)]
    return _kept(first, names[1]), _kept(second, names[0])


def _told_apart(record: PreferenceRecord) -> tuple[str, ...]:
    return record.id, str(record.prompt), record.chosen, record.rejected


def _kept(prepared: PreparedRecords, names: set[tuple[str, ...]]) -> PreparedRecords:
    is_kept = [_told_apart(record) in names for record in prepared.records]
    lost = Counter({"other_model": is_kept.count(False)})
    return dataclasses.replace(
        prepared,
        records=list(compress(prepared.records, is_kept)),
        examples=list(compress(prepared.examples, is_kept)),
        targets=list(compress(prepared.targets, is_kept)),
        counts=dataclasses.replace(prepared.counts, dropped=prepared.counts.dropped + lost),
    )


def refuse_if_empty(prepared: PreparedRecords) -> None:
    """Refuse a training split that leaves nothing to learn from, with the reasons."""
    if len(prepared) > 0:
        return
    if prepared.n_read == 0:
        raise Refused("there are no records to train on", field="train_data", value=0)
    reasons = ", ".join(f"{reason}: {n}" for reason, n in sorted(prepared.counts.dropped.items()))
    raise Refused(
        "none of the {n} records can be trained on ({reasons})",
        field="train_data",
        value=prepared.n_read,
        parts={"n": prepared.n_read, "reasons": reasons},
    )
