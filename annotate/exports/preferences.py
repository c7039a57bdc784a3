"""Preferences for training elsewhere: of people and imported annotators, as snapshots take them."""

from collections.abc import Iterator
from typing import Any

from alignment_core.canonical import canonical_json
from alignment_core.data.records import PreferenceRecord, canonical_line, message_text
from annotate.models import Outcome, Project
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import trainable_preferences, with_judgements

CHUNK = 500
HH_NAMES = {"user": "Human", "assistant": "Assistant", "system": "System"}


def record_lines(project: Project) -> Iterator[bytes]:
    """Every outcome, ties and both_bad included, with its votes."""
    for record in _records(project):
        yield canonical_line(record)


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
