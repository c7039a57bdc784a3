"""Records to the prompts that a policy is sampled on."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from alignment_core.configs.rewards import AnswerReward
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.chat_rendering import PROBE
from alignment_core.data.given_file import GivenFile
from alignment_core.data.left_out import refuse_if_many
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.records import PreferenceRecord
from alignment_core.data.tokenization import (
    ChatEncoder,
    TokenizationCounts,
    TokenizedExample,
)
from alignment_core.data.trimming import Messages, fit_prompt
from alignment_core.errors import RecordRefused
from alignment_core.rewards.rules import answer_of_tags


def prepare_prompts(
    path: Path,
    encoder: ChatEncoder,
    config: RolloutConfig,
    *,
    judges: Sequence[ChatEncoder] = (),
    field: str = "data",
) -> PreparedRecords:
    """The different prompts of a file of records, each once, whatever the records' outcome.

    A prompt that leaves no room for `max_new_tokens` within `max_length` loses its oldest turns,
    and is left out and counted where its last turn alone is too long; so is one without a tag
    `answer:…` where answers are compared with it, and one that a template refuses.

    Args:
        encoder: of the policy. judges: of the reward models that will read the prompts as well.
        field: that names the file in a refusal.
    Returns: examples without completions; each record's prompt is what is left of it.
    Raises: Refused if the file cannot be read, or if more rows cannot be used than config allows.
    """
    given = GivenFile(path, field)
    longest = config.max_length - config.max_new_tokens
    needs_answer = any(isinstance(reward, AnswerReward) for reward in config.rewards)
    counts = TokenizationCounts()
    outcomes: Counter[str] = Counter()
    kept: dict[tuple[int, ...], PreferenceRecord] = {}
    cut_from: dict[tuple[int, ...], Messages | None] = {}
    n_same_id: Counter[str] = Counter()
    for row, record in counts.readable(given.rows()):
        outcomes[record.outcome] += 1
        if needs_answer and answer_of_tags(record.tags) is None:
            counts.dropped["no_answer"] += 1
            continue
        with counts.leaving_out(row, record.id):
            fitting = _fitting(record, encoder, longest)
            if fitting is None:
                counts.dropped["over_length"] += 1
                continue
            cut, ids = fitting
            if tuple(ids) in kept:
                continue
            _check_judges(cut, judges)
            cut = dataclasses.replace(cut, id=distinct_id(record.id, n_same_id))
            is_cut = len(cut.prompt) < len(record.prompt)
            counts.n_prompts_trimmed += is_cut
            counts.count_spelt(encoder, cut.prompt)
            kept[tuple(ids)] = cut
            cut_from[tuple(ids)] = record.prompt if is_cut else None
    counts.dropped.update(given.dropped)
    n_read = outcomes.total() + counts.n_unreadable + given.dropped.total()
    refuse_if_many(counts.left_out, n_read=n_read, allowed=config.max_unusable, field=field)
    return PreparedRecords(
        records=list(kept.values()),
        examples=[
            TokenizedExample(record.id, list(ids), (), cut_from[ids])
            for ids, record in kept.items()
        ],
        targets=[],
        counts=counts,
        n_read=n_read,
        outcomes=outcomes,
        given=given.as_json(),
    )


def distinct_id(id: str, n_seen: Counter[str]) -> str:
    """The id, numbered where it came before: draws are made for an id, and must differ."""
    n_seen[id] += 1
    return id if n_seen[id] == 1 else distinct_id(f"{id} ({n_seen[id]})", n_seen)


def _check_judges(record: PreferenceRecord, judges: Sequence[ChatEncoder]) -> None:
    """Raises: RecordRefused if a reward model could not read an answer to a prompt."""
    for judge in judges:
        try:
            judge.joint_text(record.prompt, PROBE)
        except RecordRefused as error:
            raise RecordRefused("reward_model_refuses", error.message) from error


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
