"""How often a checkpoint prefers what people preferred, beside baselines without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from alignment_core.canonical import digest_of_json
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.records import PreferenceRecord
from alignment_core.evaluation.metrics import (
    TIE_TOLERANCE,
    ratio_with_interval,
    share_with_interval,
    undefined,
    wins,
)
from alignment_core.evaluation.preflight import longer_wins

NO_PREFERENCE = {"tie", "both_bad"}  # outcomes: nobody could be right about such a pair


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOutResult:
    """What a method measured on held-out records.

    `margins`: how far chosen is ahead of rejected, in the order of the records, shape (records,);
    None where the method compares no completions of the records. `figures`: with intervals.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    margins: Tensor | None
    scored_by: str
    figures: dict[str, Any] = field(default_factory=dict)


def evaluation_report(result: HeldOutResult, held_out: PreparedRecords) -> dict[str, Any]:
    """Preference accuracy with its interval, overall and by which completion is longer.

    Args:
        result: margins of the held-out pairs, NaN where there is none, and what else was measured.
        held_out: the pairs, in the order of the margins.
    Returns: accuracy and accuracy_by_length as figures, in [0, 1], over pairs with a preference; a
        tie of the margins counts ½. Beside them ties, n_without_preference, scored_by, and
        everything in `result`; left_out counts the pairs that were not measured by their reason,
        and pairs is a digest of those that were: two accuracies are of the same pairs if it is.
    """
    if result.margins is None:
        reason = "the method learns from rewards of its own samples, not from pairs"
        return {
            **result.metrics,
            **result.figures,
            "accuracy": undefined(reason),
            "ties": 0,
            "scored_by": result.scored_by,
        }
    decided = [
        (record, float(win), abs(float(margin)) <= TIE_TOLERANCE)
        for record, win, margin in zip(
            held_out.records, wins(result.margins), result.margins, strict=True
        )
        if record.outcome == "preference"
    ]
    n_unscored = int(result.margins.isnan().sum())
    if n_unscored:
        reason = f"{n_unscored} of {len(held_out)} held-out pairs have no number as their margin"
        return {"accuracy": undefined(reason), "ties": 0, "scored_by": result.scored_by}
    by_length: dict[str, list[tuple[PreferenceRecord, float]]] = {
        "chosen_longer": [],
        "chosen_not_longer": [],
    }
    for record, win, _ in decided:
        is_longer = len(record.chosen) > len(record.rejected)
        by_length["chosen_longer" if is_longer else "chosen_not_longer"].append((record, win))
    return {
        **result.metrics,
        **result.figures,
        "accuracy": _accuracy([(record, win) for record, win, _ in decided]),
        "accuracy_by_length": {name: _accuracy(part) for name, part in by_length.items()},
        "ties": sum(is_tied for _, _, is_tied in decided),
        "n_without_preference": len(held_out) - len(decided),
        "left_out": _left_out(held_out),
        "pairs": digest_of_json(sorted(wins_by_pair(result, held_out)))[:16],
        "scored_by": result.scored_by,
    }


def _accuracy(part: Sequence[tuple[PreferenceRecord, float]]) -> dict[str, Any]:
    return share_with_interval([win for _, win in part], prompts_of([record for record, _ in part]))


def wins_by_pair(result: HeldOutResult, held_out: PreparedRecords) -> dict[str, float]:
    """1, 0 or ½ for each pair with a preference, by what tells the pair apart wherever it is met.

    Two checkpoints are compared on the pairs that both have: a limit of length or another tokenizer
    leaves different ones out.

    Args: result: of measuring. held_out: the records that it is of, in its order.
    Returns: by 16 hexadecimal digits of prompt and completions, of which the first 8 are the
        prompt's; empty where the method compares no completions or a margin is no number.
    """
    if result.margins is None or bool(result.margins.isnan().any()):
        return {}
    return {
        _name_of_pair(record): float(win)
        for record, win in zip(held_out.records, wins(result.margins), strict=True)
        if record.outcome == "preference"
    }


def wins_by_cohort(result: HeldOutResult, held_out: PreparedRecords) -> dict[str, dict[str, float]]:
    """As `wins_by_pair`, of each cohort by what most of it preferred, which may be the other side.

    Pairs on which a cohort took no side are not among its own.
    """
    if not wins_by_pair(result, held_out):
        return {}
    found: dict[str, dict[str, float]] = {}
    for record, win in zip(held_out.records, wins(cast("Tensor", result.margins)), strict=True):
        for cohort, counts in sorted(record.verdicts_by_cohort.items()):
            if counts.chosen != counts.rejected:
                own = float(win) if counts.chosen > counts.rejected else 1 - float(win)
                found.setdefault(cohort, {})[_name_of_pair(record)] = own
    return found


def _name_of_pair(record: PreferenceRecord) -> str:
    messages = [dict(message) for message in record.prompt]
    pair = [messages, record.chosen, record.rejected]
    return name_of_prompt(record.prompt) + digest_of_json(pair)[:8]


def name_of_prompt(prompt: Sequence[Mapping[str, Any]]) -> str:
    """8 hexadecimal digits that tell a prompt apart, with which the names of its pairs begin."""
    return digest_of_json([dict(message) for message in prompt])[:8]


def _left_out(held_out: PreparedRecords) -> dict[str, int]:
    """Pairs with a preference that were not measured, by reason."""
    dropped = held_out.counts.dropped
    return {name: n for name, n in sorted(dropped.items()) if name not in NO_PREFERENCE and n}


def prompts_of(records: Sequence[PreferenceRecord]) -> list[str]:
    """What tells the prompts of records apart: pairs of one prompt are not independent."""
    return [str(record.prompt) for record in records]


def held_out_summary(
    result: HeldOutResult | None, held_out: PreparedRecords | None
) -> dict[str, Any]:
    """What a summary says of held-out records, as figures and by pair.

    Args:
        result: of measuring; None where nothing was measured.
        held_out: the records that it is of, in its order; None where nothing was held out.
    Returns: evaluation, baselines, and wins_by_pair and wins_by_cohort of what was measured.
    """
    if result is None or held_out is None:
        return {
            "evaluation": no_evaluation(),
            "baselines": baselines([]),
            "wins_by_pair": {},
            "wins_by_cohort": {},
        }
    return {
        "evaluation": evaluation_report(result, held_out),
        "baselines": baselines(held_out.records),
        "wins_by_pair": wins_by_pair(result, held_out),
        "wins_by_cohort": wins_by_cohort(result, held_out),
    }


def no_evaluation() -> dict[str, Any]:
    """The report where nothing was held out."""
    return {"accuracy": undefined("no held-out data was given"), "ties": 0}


def baselines(records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """What "the longer wins" and one more person would reach on the same records."""
    decided = [record for record in records if record.outcome == "preference"]
    return {
        "longer_wins": share_with_interval(longer_wins(decided), prompts_of(decided)),
        # Without the ties that soft labels keep: the accuracy beside it leaves them out as well.
        "human_agreement": human_agreement(decided),
    }


def human_agreement(records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """How often one annotator agrees with the majority of the others, leaving each out in turn.

    The majority of the others is of those who took a side. A tie takes none, so somebody who called
    a tie agrees one half, and so does anybody whose others are evenly split, or called ties alone.
    A comparison needs two votes that compare; those that only say that both are bad do not.

    Args: records: with their verdicts.
    Returns: a figure in [0, 1], its interval from resampling comparisons; undefined without votes.
    """
    agreed, votes = [], []
    for record in records:
        counts = record.verdicts
        if counts.n_relative >= 2:
            agreed.append(
                counts.chosen * _agreement(counts.chosen - 1, counts.rejected)
                + counts.rejected * _agreement(counts.rejected - 1, counts.chosen)
                + counts.tie * 0.5
            )
            votes.append(counts.n_relative)
    if not votes:
        return undefined("no held-out comparison has two or more votes")
    return ratio_with_interval(agreed, votes)


def _agreement(n_same: int, n_other: int) -> float:
    """1, 0 or ½: does the majority of the others say the same?"""
    return float(n_same > n_other) + 0.5 * float(n_same == n_other)


def stack_margins(parts: Sequence[tuple[list[int], Tensor]], n_records: int) -> Tensor:
    """Margins measured in groups, back in the order of the records.

    Args: parts: places of the records of each group, and their margins. n_records: in all.
    Returns: float64 on the CPU, shape (n_records,); 0 for a record of no group.
    """
    margins = torch.zeros(n_records, dtype=torch.float64)
    for indices, values in parts:
        margins[indices] = values.detach().double().cpu()
    return margins
