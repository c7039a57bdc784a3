"""Records to the prompts that a policy is sampled on."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from alignment_core.configs.rewards import AnswerReward
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.given_file import GivenFile
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.records import PreferenceRecord
from alignment_core.data.tokenization import (
    ChatEncoder,
    TokenizationCounts,
    TokenizedExample,
)
from alignment_core.data.trimming import fit_prompt
from alignment_core.rewards.rules import answer_of_tags


def prepare_prompts(path: Path, encoder: ChatEncoder, config: RolloutConfig) -> PreparedRecords:
    """The different prompts of a file of records, each once, whatever the records' outcome.

    A prompt that leaves no room for `max_new_tokens` within `max_length` loses its oldest turns,
    and is left out and counted where its last turn alone is too long; so is one without a tag
    `answer:…` where answers are compared with it.

    Returns: examples without completions; each record's prompt is what is left of it.
    Raises: Refused if the file cannot be read, RecordError if a row cannot.
    """
    given = GivenFile(path)
    longest = config.max_length - config.max_new_tokens
    needs_answer = any(isinstance(reward, AnswerReward) for reward in config.rewards)
    counts = TokenizationCounts()
    outcomes: Counter[str] = Counter()
    seen: set[tuple[int, ...]] = set()
    n_same_id: Counter[str] = Counter()
    records: list[PreferenceRecord] = []
    examples: list[TokenizedExample] = []
    for record in given.records():
        outcomes[record.outcome] += 1
        if needs_answer and answer_of_tags(record.tags) is None:
            counts.dropped["no_answer"] += 1
            continue
        fitting = _fitting(record, encoder, longest)
        if fitting is None:
            counts.dropped["over_length"] += 1
            continue
        kept, ids = fitting
        if tuple(ids) in seen:
            continue
        seen.add(tuple(ids))
        n_same_id[record.id] += 1
        if n_same_id[record.id] > 1:  # draws are made for an id, and must differ
            kept = dataclasses.replace(kept, id=f"{record.id} ({n_same_id[record.id]})")
        is_cut = len(kept.prompt) < len(record.prompt)
        counts.n_prompts_trimmed += is_cut
        counts.count_spelt(encoder, kept.prompt)
        records.append(kept)
        examples.append(TokenizedExample(kept.id, ids, (), record.prompt if is_cut else None))
    counts.dropped.update(given.dropped)
    return PreparedRecords(
        records=records,
        examples=examples,
        targets=[],
        counts=counts,
        n_read=outcomes.total() + given.dropped.total(),
        outcomes=outcomes,
        given=given.as_json(),
    )


def _fitting(
    record: PreferenceRecord, encoder: ChatEncoder, longest: int
) -> tuple[PreferenceRecord, list[int]] | None:
    """The record with as much of its prompt as fits, and the prompt's ids; None if nothing does."""
    fitting = fit_prompt(
        record.prompt, limit=longest, n_tokens=lambda messages: len(encoder.prompt_ids(messages))
    )
    if fitting is None:
        return None
    kept = dataclasses.replace(record, prompt=tuple(dict(one) for one in fitting))
    return kept, encoder.prompt_ids(fitting)
