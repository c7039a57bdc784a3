"""How often a judge prefers one policy's completions to another's, raw and at equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import expit

from alignment_core.data.trimming import Messages
from alignment_core.evaluation.figures import (
    SMALLEST_GROUP,
    FloatArray,
    resampled_figure,
    share_of_group,
)
from alignment_core.evaluation.logistic import fit_logistic
from alignment_core.evaluation.metrics import undefined


@dataclass(frozen=True, kw_only=True, slots=True)
class Duel:
    """One prompt with a completion of each policy."""

    prompt_id: str
    messages: Messages
    text_a: str
    text_b: str


class Judge(Protocol):
    """Says which of two completions is better; it may be swayed by which it reads first."""

    name: str
    reads_order: bool  # False where the order cannot matter, as for scores of single completions

    def prefers_first(
        self, prompts: Sequence[Messages], first: Sequence[str], second: Sequence[str]
    ) -> FloatArray:
        """1 where the first is better, 0 where the second is, ½ for a tie, NaN where it cannot say.

        Shape (prompts,).
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """What a judge said of some duels: `a_wins` is 1, 0, ½ or NaN as above, shape (duels,)."""

    a_wins: FloatArray
    disagrees: FloatArray | None  # 1 where the two orders contradict; None if order cannot matter


def judge_both_orders(judge: Judge, duels: Sequence[Duel]) -> Verdicts:
    """Ask in both orders where order may matter; verdicts that do not agree are a tie.

    Args: judge: who is asked. duels: what about.
    Returns: one verdict for each duel.
    Source: Zheng et al. 2023, arXiv:2306.05685, section 3.4 (swapping positions).
    """
    prompts = [duel.messages for duel in duels]
    texts_a, texts_b = [duel.text_a for duel in duels], [duel.text_b for duel in duels]
    a_first = judge.prefers_first(prompts, texts_a, texts_b)
    if not judge.reads_order:
        return Verdicts(a_wins=a_first, disagrees=None)
    a_second = 1 - judge.prefers_first(prompts, texts_b, texts_a)
    disagrees = (a_first != a_second).astype(np.float64)
    is_judged = ~np.isnan(a_first + a_second)
    return Verdicts(
        a_wins=np.where(is_judged, np.where(disagrees == 1, 0.5, a_first), np.nan),
        disagrees=disagrees,
    )


def win_rate_report(verdicts: Verdicts, duels: Sequence[Duel]) -> dict[str, Any]:
    """Win rate of A, a tie counting one half, beside the one at equal length.

    Args: verdicts: of `judge_both_orders`. duels: those that were judged, in the same order.
    Returns:
        raw: (wins + ½ ties) / duels, with Wilson's interval.
        length_controlled: see `length_controlled_win_rate`.
        order_disagreement: share of duels whose verdict turned with the order.
        characters: mean length of each side, in characters.
        n_unjudged: duels that the judge could not read, which count nowhere.
    """
    judged = np.flatnonzero(~np.isnan(verdicts.a_wins))
    n_unjudged = len(duels) - len(judged)
    a_wins = verdicts.a_wins[judged]
    duels = [duels[int(place)] for place in judged]
    n = len(duels)
    lengths_a = np.array([len(duel.text_a) for duel in duels], dtype=np.float64)
    lengths_b = np.array([len(duel.text_b) for duel in duels], dtype=np.float64)
    if verdicts.disagrees is None:
        swayed = {**undefined("the judge scores each completion by itself"), "n": n}
    else:
        swayed = share_of_group(verdicts.disagrees[judged].tolist(), "prompts")
    return {
        "raw": share_of_group(a_wins.tolist(), "prompts"),
        "length_controlled": length_controlled_win_rate(a_wins, lengths_a - lengths_b),
        "n_wins": int((a_wins == 1).sum()),
        "n_ties": int((a_wins == 0.5).sum()),
        "n_losses": int((a_wins == 0).sum()),
        "n_unjudged": n_unjudged,
        "order_disagreement": swayed,
        "characters": {
            "a": float(lengths_a.mean()) if n else None,
            "b": float(lengths_b.mean()) if n else None,
        },
    }


def length_controlled_win_rate(a_wins: FloatArray, longer_by: FloatArray) -> dict[str, Any]:
    """The win rate of A had both sides been equally long, by logistic regression.

    logit P(A wins) = θ + φ tanh(d / s), where d is by how much A is longer and s the standard
    deviation of d; the figure is σ(θ), the model's win rate at d = 0. A tie counts one half. The
    published method also has a term for how hard each instruction is, which needs verdicts on
    many policies; with two there is none. Exchanging A and B gives 1 minus the figure exactly.

    Args:
        a_wins: 1, ½ or 0, shape (prompts,). longer_by: in characters, shape (prompts,).
    Returns: a figure in [0, 1]; undefined where every verdict or every difference is the same.
    Source: Dubois et al. 2024, arXiv:2404.04475, section 3; the interval resamples prompts.
    """
    spread = float(np.std(longer_by)) if len(longer_by) else 0.0
    if len(a_wins) >= SMALLEST_GROUP and np.ptp(a_wins) == 0:
        return {**undefined("every verdict is the same"), "n": len(a_wins)}
    if len(a_wins) >= SMALLEST_GROUP and spread == 0:
        return {**undefined("the lengths always differ by the same"), "n": len(a_wins)}
    features = np.column_stack([np.ones(len(a_wins)), np.tanh(longer_by / max(spread, 1e-300))])

    def at_equal_length(weights: FloatArray) -> FloatArray:
        return np.asarray(expit(fit_logistic(features, a_wins, weights)[:, 0]))

    return resampled_figure(at_equal_length, len(a_wins), what="prompts")
