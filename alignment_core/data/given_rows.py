"""Rows of known formats to records: pairs, votes, and completions that stand alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from alignment_core.canonical import canonical_json
from alignment_core.data.records import (
    DEMONSTRATION,
    PROMPT,
    UNDESIRABLE,
    PreferenceRecord,
    VerdictCounts,
    parse_messages,
)
from alignment_core.formats.rows import (
    BOTH_BAD,
    FIRST,
    SECOND,
    TIE,
    NewComparison,
    NewCompletion,
)

# What is read of messages, of their parts, of completions and of votes.
OF_MESSAGES, OF_PARTS = ("messages", "role", "content", "from", "value"), ("type", "text")
READ_WITHIN = {*OF_MESSAGES, *OF_PARTS, "origin", "annotator", "choice"}


class Watched(Mapping[str, Any]):
    """A row that knows which of its fields were read."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)

    def __contains__(self, name: object) -> bool:
        return name in self.row

    def unread(self, read_within: Collection[str] = ()) -> set[str]:
        """The fields with a value that nobody asked for, such as `score` or `messages[].name`.

        Args:
            read_within: of messages, besides role and content.
        """
        fields = {name: value for name, value in self.row.items() if value is not None}
        known = {*READ_WITHIN, *read_within}
        within = (_unread_within(name, fields[name], known) for name in fields.keys() & self.read)
        return (fields.keys() - self.read) | {name for names in within for name in names}


def _unread_within(name: str, value: object, known: Collection[str]) -> Iterator[str]:
    """The fields of objects within a field that nothing reads, where something is in them."""
    if isinstance(value, list):
        for entry in value:
            yield from _unread_within(f"{name}[]", entry, known)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key in known:
                yield from _unread_within(f"{name}.{key}", one, known)
            elif one not in (None, "", [], {}):
                yield f"{name}.{key}"


def record_of_pair(row: int, pair: NewComparison, dropped: Counter[str]) -> PreferenceRecord | None:
    """The record of two completions; None, and counted, if one says nothing."""
    if not (pair.first_text.strip() and pair.second_text.strip()):
        dropped["empty_completion"] += 1
        return None
    counts = Counter(vote.verdict for vote in pair.votes if vote.is_counted)
    verdict = pair.recorded_verdict or _most_voted(counts)
    if not verdict:  # nobody has judged yet: a prompt is left to sample for
        return _record(row, pair, outcome=PROMPT)
    is_second = verdict == SECOND
    texts = (pair.first_text, pair.second_text)
    origins = (pair.first_origin, pair.second_origin)
    outcome = verdict if verdict in (TIE, BOTH_BAD) else "preference"
    return _record(
        row,
        pair,
        outcome=outcome,
        chosen=texts[is_second],
        rejected=texts[not is_second],
        origin_chosen=origins[is_second] or None,
        origin_rejected=origins[not is_second] or None,
        verdicts=VerdictCounts(
            chosen=counts[SECOND if is_second else FIRST],
            rejected=counts[FIRST if is_second else SECOND],
            tie=counts[TIE],
            both_bad=counts[BOTH_BAD],
        ),
    )


def with_all_votes(
    votes: Iterable[tuple[int, NewComparison]],
) -> Iterator[tuple[int, NewComparison]]:
    """One comparison with all its votes for those that stand in rows of their own."""
    found: dict[str, tuple[int, NewComparison]] = {}
    for number, pair in votes:
        key = canonical_json([pair.messages, pair.first_text, pair.second_text])
        row, before = found.get(key, (number, replace(pair, votes=())))
        found[key] = (row, replace(before, votes=before.votes + pair.votes))
    yield from found.values()


def records_of_completions(
    completions: Iterable[tuple[int, NewCompletion]],
) -> Iterator[tuple[int, PreferenceRecord]]:
    """Completions to imitate as they are; a good and a bad one of the same prompt make a pair.

    A good one without a bad one can be imitated, a bad one without a good one avoided.
    """
    labelled: dict[str, dict[bool, list[tuple[int, NewCompletion]]]] = {}
    for row, given in completions:
        if given.is_good is None:
            outcome = PROMPT if given.text is None else DEMONSTRATION
            yield row, _record(row, given, outcome=outcome, chosen=given.text or "")
        else:
            of_prompt = labelled.setdefault(canonical_json(given.messages), {True: [], False: []})
            of_prompt[given.is_good].append((row, given))
    for of_prompt in labelled.values():
        good, bad = of_prompt[True], of_prompt[False]
        for good_one, bad_one in zip_longest(good, bad):
            yield from _good_and_bad(good_one, bad_one)


def _good_and_bad(
    good: tuple[int, NewCompletion] | None, bad: tuple[int, NewCompletion] | None
) -> Iterator[tuple[int, PreferenceRecord]]:
    """A pair; each by itself if the other is missing, or is the same text."""
    chosen, rejected = ("" if one is None else one[1].text or "" for one in (good, bad))
    if good and bad and chosen != rejected:
        yield good[0], _record(*good, outcome="preference", chosen=chosen, rejected=rejected)
        return
    if good:
        yield good[0], _record(*good, outcome=DEMONSTRATION, chosen=chosen)
    if bad:
        yield bad[0], _record(*bad, outcome=UNDESIRABLE, rejected=rejected)


def _most_voted(counts: Counter[str]) -> str:
    """The verdict with the most votes; two with equally many are a tie, and none is none."""
    ranked = counts.most_common(2)
    if not ranked:
        return ""
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return TIE
    return ranked[0][0]


def _record(row: int, given: NewComparison | NewCompletion, **values: Any) -> PreferenceRecord:
    fields = {"chosen": "", "rejected": "", **values}
    id = given.external_id or f"row-{row}"
    if isinstance(given, NewCompletion) and given.turn is not None:
        id = f"{id}, turn {given.turn + 1}"
    return PreferenceRecord(
        id=id,
        prompt=parse_messages(given.messages, field="prompt", row=row),
        tags=tuple(given.tags),
        language=given.language,
        **fields,
    )
