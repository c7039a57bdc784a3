"""Preferences for training elsewhere: of people and imported annotators, as snapshots take them."""

from collections.abc import Iterator
from typing import Any

from alignment_core.canonical import canonical_json
from alignment_core.data.records import PreferenceRecord, canonical_line, message_text
from annotate.exports.csv_lines import csv_line
from annotate.exports.judgements import prompt_cell
from annotate.models import Outcome, Project
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import trainable_preferences, with_judgements

CHUNK = 500
COLUMNS = (
    *("id", "prompt", "chosen", "rejected", "outcome"),
    *("n_chosen", "n_rejected", "n_tie", "n_both_bad", "verdicts_by_cohort"),
    *("p_chosen", "strength", "resolved_by", "origin_chosen", "origin_rejected"),
    *("tags", "language"),
)
HH_NAMES = {"user": "Human", "assistant": "Assistant", "system": "System"}


def record_lines(project: Project) -> Iterator[bytes]:
    """Every outcome, ties and both_bad included, with its votes."""
    for record in _records(project):
        yield canonical_line(record)


def csv_lines(project: Project) -> Iterator[bytes]:
    """The same for spreadsheets; it can be imported again with nothing lost."""
    yield csv_line(COLUMNS)
    for record in _records(project):
        cells = as_table(record)
        yield csv_line([cells[name] for name in COLUMNS])


def as_table(record: PreferenceRecord) -> dict[str, Any]:
    """A record under the names of a table, where structures are JSON."""
    row = record.as_json()
    counts = {f"n_{name}": n for name, n in row["verdicts"].items()}
    return {**row, **counts, "prompt": prompt_cell(list(record.prompt))}


def trl_lines(project: Project) -> Iterator[bytes]:
    """TRL's conversational form with a prompt: preferences only."""
    for record in _pairs(project):
        yield _line(
            {
                "prompt": list(record.prompt),
                "chosen": [{"role": "assistant", "content": record.chosen}],
                "rejected": [{"role": "assistant", "content": record.rejected}],
            }
        )


def hh_lines(project: Project) -> Iterator[bytes]:
    """Whole transcripts in Anthropic's form: preferences only."""
    for record in _pairs(project):
        before = "".join(
            f"\n\n{HH_NAMES[message['role']]}: {message_text(message)}" for message in record.prompt
        )
        yield _line(
            {
                "chosen": f"{before}\n\nAssistant: {record.chosen}",
                "rejected": f"{before}\n\nAssistant: {record.rejected}",
            }
        )


def _pairs(project: Project) -> Iterator[PreferenceRecord]:
    return (record for record in _records(project) if record.outcome == Outcome.PREFERENCE)


def _records(project: Project) -> Iterator[PreferenceRecord]:
    preferences = trainable_preferences(projects=[project], cutoff_at=None)
    for preference in with_judgements(preferences).iterator(chunk_size=CHUNK):
        yield preference_record(preference)


def _line(value: dict[str, Any]) -> bytes:
    return canonical_json(value).encode() + b"\n"
