"""One pass over the preferences: the file of records that it writes, and what it finds in them."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import with_judgements
from training.models import Split

BATCH = 2000  # preferences in memory at a time


class FrozenPair(NamedTuple):
    """A line of the file of records: its preference's primary key, its side, its digest."""

    preference_id: int
    split: str
    digest: str


@dataclass
class Frozen:
    """Files in `folder`, and counts of what is in them: nothing here grows with the snapshot."""

    folder: Path
    digest: str = ""
    splits: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    trainable: Counter[str] = field(default_factory=Counter)  # preferences by split: no ties
    judgements: Counter[str] = field(default_factory=Counter)  # by kind of annotator

    @property
    def records(self) -> Path:
        return self.folder / "records.jsonl"

    @property
    def n_pairs(self) -> int:
        return self.splits.total()

    def pairs(self) -> Iterator[FrozenPair]:
        """One for each record, in their order."""
        with self._pairs.open() as file:
            for line in file:
                preference_id, split, digest = line.split()
                yield FrozenPair(int(preference_id), split, digest)

    @property
    def _pairs(self) -> Path:
        return self.folder / "pairs.txt"

    def write(self, preferences: QuerySet[Preference], *, header: Mapping[str, Any]) -> None:
        """Write each record once, then take the digest of what was written."""
        last_id: str | None = None
        with self.records.open("wb") as records, self._pairs.open("w") as pairs:
            for preference in with_judgements(preferences).iterator(chunk_size=BATCH):
                record = preference_record(preference)
                check_order(record.id, after=last_id)
                last_id = record.id
                line = canonical_line(record)
                records.write(line)
                digest = hashlib.sha256(line).hexdigest()
                pairs.write(f"{preference.pk} {self._count(record, header)} {digest}\n")
        with self.records.open("rb") as lines:
            self.digest = digest_of_lines(lines, header=header)
        self._count_judgements(preferences)

    def _count(self, record: PreferenceRecord, header: Mapping[str, Any]) -> Split:
        """The side that the record is on."""
        split = split_of(
            record.prompt,
            salt=header["split_salt"],
            eval_share=header["selection"]["eval_share"],
        )
        self.splits[split] += 1
        self.outcomes[record.outcome] += 1
        if record.outcome == Outcome.PREFERENCE:
            self.trainable[split] += 1
        return split

    def _count_judgements(self, preferences: QuerySet[Preference]) -> None:
        used = PreferenceJudgement.objects.filter(
            preference__in=preferences.order_by().values("pk")
        )
        kinds = used.values_list("judgement__annotator__kind").annotate(Count("pk"))
        self.judgements.update(dict(kinds))


def split_of(prompt: Sequence[dict[str, Any]], *, salt: str, eval_share: float) -> Split:
    """The side of a prompt, by its first user turn: the same in every snapshot."""
    first_turn = next((message for message in prompt if message["role"] == "user"), prompt[0])
    drawn = hashlib.sha256(f"{salt}\n{message_text(first_turn)}".encode()).digest()
    share = int.from_bytes(drawn[:8], "big") / 2**64
    return Split.EVAL if share < eval_share else Split.TRAIN
