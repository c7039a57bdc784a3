"""Preference records: what a snapshot holds, one JSON object a line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_core.canonical import canonical_json
from alignment_core.data.row_check import VERDICTS, RowCheck
from alignment_core.errors import RecordError
from alignment_core.files import opened

SCHEMA_VERSION = 1
OUTCOMES = ("preference", "tie", "both_bad")
# Of records that hold one completion, to imitate or to avoid, or a prompt alone, to sample for.
DEMONSTRATION, UNDESIRABLE, PROMPT = "demonstration", "undesirable", "prompt"
EDIT = "edit"  # somebody made the chosen answer better: what they wrote > what they started from
BY_SHARES = ("triage", "cohorts")  # people rightly differ: no vote of theirs is an error
RESOLVED_BY = ("votes", "posterior", "adjudication", *BY_SHARES, EDIT)


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictCounts:
    """How many counted judgements said what."""

    chosen: int = 0
    rejected: int = 0
    tie: int = 0
    both_bad: int = 0

    @property
    def n_relative(self) -> int:
        """Judgements that compare the two completions; both_bad does not."""
        return self.chosen + self.rejected + self.tie

    def as_json(self) -> dict[str, int]:
        """The counts by verdict."""
        return {verdict: getattr(self, verdict) for verdict in VERDICTS}


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferenceRecord:
    """One resolved comparison.

    A record that was read from a file of another format may hold less: the outcome "demonstration"
    has only `chosen`, to be imitated, "undesirable" only `rejected`, and "prompt" neither.

    For a tie or both_bad, `chosen` is the completion with the lower public id. `p_chosen` is the
    raw share of judgements for it, in [0, 1], None without votes; `strength` the signed mean.

    Resolved by "triage" or "cohorts": people rightly differ, so the record aims at the shares of
    its votes, whatever the run does with others; "cohorts" has the votes of those selected alone.

    Resolved by "edit": `chosen` is what an annotator made of the answer that they found the better
    one, `rejected` that answer, or in a second record the other one. It has one vote, theirs:
    nobody else has compared the three. Such records follow those of their preference.
    """

    id: str
    prompt: tuple[dict[str, Any], ...]
    chosen: str
    rejected: str
    outcome: str = "preference"
    p_chosen: float | None = None
    verdicts: VerdictCounts = VerdictCounts()
    verdicts_by_cohort: Mapping[str, VerdictCounts] = field(default_factory=dict)
    strength: float | None = None
    resolved_by: str = "votes"
    origin_chosen: str | None = None
    origin_rejected: str | None = None
    tags: tuple[str, ...] = ()
    language: str = ""

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON values, every field present; the messages are not copied."""
        values = {name: getattr(self, name) for name in FIELDS}
        values["verdicts"] = self.verdicts.as_json()
        values["verdicts_by_cohort"] = {
            cohort: counts.as_json() for cohort, counts in self.verdicts_by_cohort.items()
        }
        return values


FIELDS = tuple(entry.name for entry in dataclasses.fields(PreferenceRecord))


def canonical_line(record: PreferenceRecord) -> bytes:
    """The record's line in a snapshot, with its line break."""
    return canonical_json(record.as_json()).encode() + b"\n"


def write_records(path: Path, records: Iterable[PreferenceRecord]) -> int:
    """Write records to `path` as canonical JSON Lines, in the order given.

    Returns: how many there were.
    """
    n_records = 0
    with path.open("wb") as file:
        for record in records:
            file.write(canonical_line(record))
            n_records += 1
    return n_records


def require_file(path: Path) -> None:
    """Raises: Refused if there is no file at `path` that can be read."""
    with opened(path, field="data"):
        pass


def read_records(path: Path) -> Iterator[PreferenceRecord]:
    """The records of the JSON Lines file at `path`, one at a time.

    Raises: Refused if the file cannot be read, RecordError at the first row that cannot, naming
        row, field and value.
    """
    for row, value in read_objects(path, field="data"):
        yield parse_record(value, row=row)


def read_objects(path: Path, *, field: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file with their rows, which count from 1.

    Raises: Refused if the file cannot be read, RecordError for a line that is no object.
    """
    with opened(path, field=field) as file:
        for row, line in enumerate(file, start=1):
            if line.strip():
                yield row, _object(line, row=row)


def digest_of_records(records: Iterable[PreferenceRecord], *, header: Mapping[str, Any]) -> str:
    """SHA-256 over the schema version with `header`, then every record's canonical line.

    Args:
        records: in the order of their ids, so that one selection has one digest.
        header: what else names the snapshot: selection, cut-off, rule, salt of the split.
    Raises: ValueError if the ids do not ascend.
    """
    return digest_of_lines(_ascending_lines(records), header=header)


def digest_of_lines(lines: Iterable[bytes], *, header: Mapping[str, Any]) -> str:
    """As `digest_of_records`, over canonical lines that are written already, such as a file's."""
    digest = hashlib.sha256(canonical_json({**header, "schema": SCHEMA_VERSION}).encode() + b"\n")
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _ascending_lines(records: Iterable[PreferenceRecord]) -> Iterator[bytes]:
    last_id: str | None = None
    for record in records:
        check_order(record.id, after=last_id)
        last_id = record.id
        yield canonical_line(record)


def check_order(record_id: str, *, after: str | None) -> None:
    """Raises: ValueError if a record with this id may not follow the one with the id `after`."""
    if after is not None and record_id <= after:
        raise ValueError(f"records must ascend by id, but {record_id!r} follows {after!r}")


def parse_line(line: bytes, *, row: int) -> PreferenceRecord:
    """One line of a JSON Lines file as a checked record. Raises: RecordError."""
    return parse_record(_object(line, row=row), row=row)


def _object(line: bytes, *, row: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        raise RecordError(row, None, None, "the line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(row, None, None, f"the line is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise RecordError(row, None, value, "the line is not a JSON object")
    return value


def parse_record(value: Mapping[str, Any], *, row: int) -> PreferenceRecord:
    """A mapping as a checked record; only prompt, chosen and rejected are required.

    Raises: RecordError naming the row, the field and the value.
    """
    unknown = sorted(set(value) - set(FIELDS))
    if unknown:
        raise RecordError(row, unknown[0], value[unknown[0]], "this field is not known")
    check = RowCheck(value, row)
    record = PreferenceRecord(
        id=check.text("id", default=f"row-{row}"),
        prompt=check.messages("prompt"),
        chosen=check.text("chosen"),
        rejected=check.text("rejected"),
        outcome=check.choice("outcome", OUTCOMES, default="preference"),
        p_chosen=check.number("p_chosen", low=0.0, high=1.0),
        verdicts=VerdictCounts(**check.counts("verdicts", value.get("verdicts"))),
        verdicts_by_cohort={
            cohort: VerdictCounts(**counts) for cohort, counts in check.counts_by_cohort().items()
        },
        strength=check.number("strength", low=-math.inf, high=math.inf),
        resolved_by=check.choice("resolved_by", RESOLVED_BY, default="votes"),
        origin_chosen=check.optional_text("origin_chosen"),
        origin_rejected=check.optional_text("origin_rejected"),
        tags=check.tags(),
        language=check.optional_text("language") or "",
    )
    if record.chosen == record.rejected:
        says = "both completions are the same text"
        raise RecordError(row, "rejected", record.rejected, says, reason="equal_completions")
    return record


def parse_messages(value: object, *, field: str, row: int) -> tuple[dict[str, Any], ...]:
    """Checked chat messages of a prompt. Raises: RecordError."""
    return RowCheck({field: value}, row).messages(field)


def message_text(message: Mapping[str, Any]) -> str:
    """A message's content as one text, whether it is a string or a list of text parts."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)
