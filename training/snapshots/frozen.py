"""One pass over the preferences: the file of records that it writes, and what it finds in them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from alignment_core.data.records import (
    PreferenceRecord,
    canonical_line,
    check_order,
    digest_of_lines,
    message_text,
)
from annotate.models import Outcome, Preference, PreferenceJudgement
from annotate.preferences.edits import EditPairs, EditRecord
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import judged_in_arenas, with_judgements
from training.models import Split

BATCH = 2000  # preferences in memory at a time


class FrozenPair(NamedTuple):
    """A line of the file of records: what it was made from by primary keys, its side, its digest.

    `edit_id` is the judgement whose edit it holds, if it is of one, and `edit_over` what that is
    set over.
    """

    preference_id: int
    split: str
    digest: str
    edit_id: int | None = None
    edit_over: str = ""


@dataclass
class Frozen:
    """Files in `folder`, and counts of what is in them: nothing here grows with the snapshot."""

    folder: Path
    digest: str = ""
    header: dict[str, Any] = field(default_factory=dict)  # what the digest names beside the records
    splits: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    trainable: Counter[str] = field(default_factory=Counter)  # preferences by split: no ties
    projects: Counter[int] = field(default_factory=Counter)  # records by the key of their project
    judgements: Counter[str] = field(default_factory=Counter)  # by kind of annotator
    n_edits: int = 0  # records of edited answers
    edits_left_out: dict[str, int] = field(default_factory=dict)  # edits by reason
    of_arenas: list[int] = field(default_factory=list)  # preferences left out, as below
    n_of_arenas_kept: int = 0
    n_of_arenas_not_asked_for: int = 0  # preferences that the selection did not take

    @property
    def records(self) -> Path:
        return self.folder / "records.jsonl"

    @property
    def n_pairs(self) -> int:
        return self.splits.total()

    @property
    def n_of_arenas_left_out(self) -> int:
        return len(self.of_arenas) + self.n_of_arenas_not_asked_for

    def pairs(self) -> Iterator[FrozenPair]:
        """One for each record, in their order."""
        with self._pairs.open() as file:
            for line in file:
                preference_id, split, digest, *edit = line.split()
                pair = FrozenPair(int(preference_id), split, digest)
                yield pair._replace(edit_id=int(edit[0]), edit_over=edit[1]) if edit else pair

    @property
    def _pairs(self) -> Path:
        return self.folder / "pairs.txt"

    def write(
        self, preferences: QuerySet[Preference], *, edits: EditPairs, header: Mapping[str, Any]
    ) -> None:
        """Write each record once, then take the digest of what was written.

        A selection that asks for edits, or for arenas, where there are none is the one that does
        not. What was judged in an arena measured models on prompts held out there: where this split
        would train on such a prompt, because it holds out a smaller share, it is left out.
        """
        last_id: str | None = None
        in_arenas = set(judged_in_arenas(preferences).order_by().values_list("pk", flat=True))
        fetched = edits.fetched_with(with_judgements(preferences))
        with self.records.open("wb") as records, self._pairs.open("w") as pairs:
            for preference in fetched.iterator(chunk_size=BATCH):
                messages = preference.comparison.prompt.messages
                if preference.pk in in_arenas:
                    if _side(messages, header) == Split.TRAIN:
                        self.of_arenas.append(preference.pk)
                        continue
                    self.n_of_arenas_kept += 1
                for record in _records_of(preference, edits, header):
                    self.projects[preference.comparison.project_id] += 1
                    check_order(record.id, after=last_id)
                    last_id = record.id
                    line = canonical_line(record)
                    records.write(line)
                    pair = [preference.pk, self._count(record, header)]
                    pair.append(hashlib.sha256(line).hexdigest())
                    if isinstance(record, EditRecord):
                        pair += [record.judgement, record.over]
                        self.n_edits += 1
                    pairs.write(" ".join(map(str, pair)) + "\n")
        self.edits_left_out = {name: n for name, n in sorted(edits.left_out.items()) if n}
        self.header = dict(header)
        in_vain = {"edits": not self.n_edits, "include_arenas": not self.n_of_arenas_kept}
        self.header["selection"] = {
            key: value for key, value in header["selection"].items() if not in_vain.get(key)
        }
        with self.records.open("rb") as lines:
            self.digest = digest_of_lines(lines, header=self.header)
        self._count_judgements(preferences)

    def _count(self, record: PreferenceRecord, header: Mapping[str, Any]) -> Split:
        """The side that the record is on."""
        split = _side(record.prompt, header)
        self.splits[split] += 1
        self.outcomes[record.outcome] += 1
        if record.outcome == Outcome.PREFERENCE:
            self.trainable[split] += 1
        return split

    def _count_judgements(self, preferences: QuerySet[Preference]) -> None:
        used = PreferenceJudgement.objects.filter(
            preference__in=preferences.order_by().values("pk")
        ).exclude(preference__in=self.of_arenas)
        kinds = used.values_list("judgement__annotator__kind").annotate(Count("pk"))
        self.judgements.update(dict(kinds))


def _records_of(
    preference: Preference, edits: EditPairs, header: Mapping[str, Any]
) -> Iterable[PreferenceRecord]:
    record = preference_record(preference, cohorts=header["selection"]["cohorts"])
    yield record
    yield from edits.of(preference, record)


def _side(prompt: Sequence[dict[str, Any]], header: Mapping[str, Any]) -> Split:
    eval_share = header["selection"]["eval_share"]
    return split_of(prompt, salt=header["split_salt"], eval_share=eval_share)


def split_of(prompt: Sequence[dict[str, Any]], *, salt: str, eval_share: float) -> Split:
    """The side of a prompt, by its first user turn: the same in every snapshot."""
    first_turn = next((message for message in prompt if message["role"] == "user"), prompt[0])
    drawn = hashlib.sha256(f"{salt}\n{message_text(first_turn)}".encode()).digest()
    share = int.from_bytes(drawn[:8], "big") / 2**64
    return Split.EVAL if share < eval_share else Split.TRAIN
