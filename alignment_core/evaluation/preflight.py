"""What a run is about to learn from, to be read before the machine is kept busy."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from alignment_core.data.left_out import shown
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.records import PreferenceRecord, message_text
from alignment_core.data.template_date import KEPT_AS, reads_clock
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.data.trimming import Messages
from alignment_core.evaluation.metrics import share_with_interval

N_SAMPLES = 3
MANY_DROPS = 0.1
WARNINGS = {
    "many_left_out": "{n} of {n_records} records are left out",
    "prompts_in_both_splits": "{n} held-out prompts are also trained on",
    "prompts_alike_once_cut": "{n} more held-out prompts, cut to fit, read like one trained on",
    "records_repeated": "{n} records repeat another one, token for token",
    "fields_not_used": "{n} fields of the file are not used: {names}",
    "boundary_mismatches": "{n} completions merge with their prompt's last token",
    "control_tokens_spelt": "{n} records spell a control token of the tokenizer, which is read and "
    "learnt as text",
    "turn_marks_spelt": "{n} records spell what the chat template writes before an answer, which "
    "no model can tell from the template's own",
}


def preflight_report(
    train: PreparedRecords, held_out: PreparedRecords | None, encoder: ChatEncoder
) -> dict[str, Any]:
    """Counts, drops with reasons, decoded samples with masks, length bias, and warnings."""
    n_shared, n_alike = (0, 0) if held_out is None else _shared_prompts(train, held_out)
    report = {
        "schema": 1,
        "train": _split_report(train),
        "eval": None if held_out is None else _split_report(held_out),
        "samples": [_decoded(example, encoder) for example in train.examples[:N_SAMPLES]],
        "length_bias": length_bias(train.records),
        "prompts_in_both_splits": n_shared,
        "prompts_alike_once_cut": n_alike,
        "targets": _spread([target.p_chosen for target in train.targets]),
        KEPT_AS: encoder.day.isoformat() if reads_clock(encoder.tokenizer) else None,
        "tie_share": _spread([target.tie for target in train.targets]),
    }
    return {**report, "warnings": _warnings(report)}


def longer_wins(records: Sequence[PreferenceRecord]) -> list[float]:
    """For each preference, whether its longer completion was chosen: 1, 0, or ½ if equal.

    Length is counted in characters, so that it does not depend on a tokenizer.
    """
    decided = [record for record in records if record.outcome == "preference"]
    return [
        0.5 + 0.5 * float(np.sign(len(record.chosen) - len(record.rejected))) for record in decided
    ]


def length_bias(records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """How far length alone predicts the preference."""
    pairs = [record for record in records if record.chosen and record.rejected]
    differences = [len(record.chosen) - len(record.rejected) for record in pairs]
    return {
        "longer_wins": share_with_interval(longer_wins(records)),
        "characters_chosen_minus_rejected": _spread(differences),
    }


def _split_report(prepared: PreparedRecords) -> dict[str, Any]:
    return {
        "n_records": prepared.n_read,
        "given": dict(prepared.given),
        "n_used": len(prepared),
        "outcomes": dict(prepared.outcomes),
        "dropped": dict(prepared.counts.dropped),
        "left_out": shown(prepared.counts.left_out),
        "n_repeated": _repeated(prepared.examples),
        "n_prompts_trimmed": prepared.counts.n_prompts_trimmed,
        "n_boundary_mismatches": prepared.counts.n_boundary_mismatches,
        "n_control_tokens_spelt": prepared.counts.n_control_tokens_spelt,
        "n_turn_marks_spelt": prepared.counts.n_turn_marks_spelt,
        "tokens": {
            "prompt": _spread([len(example.prompt_ids) for example in prepared.examples]),
            "completion": _spread(
                [len(ids) for example in prepared.examples for ids in example.completions]
            ),
            "total": sum(prepared.lengths),
        },
    }


def _decoded(example: TokenizedExample, encoder: ChatEncoder) -> dict[str, Any]:
    """An example as the model will see it: what is only read, and what is learnt."""
    return {
        "id": example.id,
        "read": encoder.decode(example.prompt_ids, keep_special=True),
        "learnt": [encoder.decode(ids, keep_special=True) for ids in example.completions],
        "n_read": len(example.prompt_ids),
        "n_learnt": [len(ids) for ids in example.completions],
        "ends_with": None
        if not example.completions  # a prompt, whose completions are yet to be sampled
        else encoder.tokenizer.convert_ids_to_tokens(example.completions[0][-1]),
    }


def _shared_prompts(train: PreparedRecords, held_out: PreparedRecords) -> tuple[int, int]:
    """How many different held-out prompts are trained on, and how many others only read alike.

    Two prompts are one if their messages are, or if both are whole and have the same tokens. What
    is left of a long chat can be the same "Go on." as of another without either being known.
    """
    known = {name for names in _names_of_prompts(train) for name in names}
    read = {tuple(example.prompt_ids) for example in train.examples}
    shared, alike = set(), set()
    for example, names in zip(held_out.examples, _names_of_prompts(held_out), strict=True):
        if known.intersection(names):
            shared.add(names[0])
        elif tuple(example.prompt_ids) in read:
            alike.add(names[0])
    return len(shared), len(alike)


def _names_of_prompts(split: PreparedRecords) -> list[tuple[Hashable, ...]]:
    """What each prompt is known again by: its messages, and its tokens where none is left out."""
    return [
        (_as_text(record.prompt), tuple(example.prompt_ids))
        if example.cut_from is None
        else (_as_text(example.cut_from),)
        for record, example in zip(split.records, split.examples, strict=True)
    ]


def _as_text(messages: Messages) -> str:
    return json.dumps([[message["role"], message_text(message)] for message in messages])


def _repeated(examples: Sequence[TokenizedExample]) -> int:
    """Examples that hold the same tokens as an earlier one, so that these count more than once.

    Of fine-tuning these are completions that won several comparisons; of pairs, records that were
    given twice.
    """
    seen = {(*map(tuple, (example.prompt_ids, *example.completions)),) for example in examples}
    return len(examples) - len(seen)


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    low, middle, high = np.quantile(np.asarray(values, dtype=float), [0, 0.5, 1])
    return {
        "mean": round(float(np.mean(values)), 4),
        "min": float(low),
        "median": float(middle),
        "max": float(high),
    }


def _warnings(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Each with `name`, `figures` and, as `message`, its sentence."""
    train = report["train"]
    n_records, n_dropped = train["n_records"], sum(train["dropped"].values())
    unused = sorted(train["given"].get("unused_fields", {}))
    found: dict[str, dict[str, Any]] = {
        "many_left_out": {
            "n": n_dropped if n_dropped > MANY_DROPS * n_records else 0,
            "n_records": n_records,
        },
        "prompts_in_both_splits": {"n": report["prompts_in_both_splits"]},
        "prompts_alike_once_cut": {"n": report["prompts_alike_once_cut"]},
        "records_repeated": {"n": train["n_repeated"]},
        "fields_not_used": {"n": len(unused), "names": ", ".join(unused)},
        "boundary_mismatches": {"n": train["n_boundary_mismatches"]},
        "control_tokens_spelt": {"n": train["n_control_tokens_spelt"]},
        "turn_marks_spelt": {"n": train["n_turn_marks_spelt"]},
    }
    return [
        {"name": name, "message": WARNINGS[name].format(**figures), "figures": figures}
        for name, figures in found.items()
        if figures["n"]
    ]
