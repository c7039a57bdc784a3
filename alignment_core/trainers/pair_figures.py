"""The figures of methods that train a policy on pairs.

A figure that carries a name of TRL 1.16's trainer for the same method means what it means there,
but for what the method's page says of ties and of means over whole steps; others have other names.
"""

from __future__ import annotations

from torch import Tensor

from alignment_core.evaluation.metrics import Totals, wins
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.trainers.pairs import SIDES


def add_rewards(
    totals: Totals,
    rewards: tuple[Tensor, Tensor],
    is_decided: Tensor,
    *,
    margin: Tensor,
    name: str = "rewards",
) -> None:
    """What the sides are worth, how far they are apart, and how often chosen is ahead.

    Args:
        rewards: of chosen and rejected, β times nats, shape (pairs,).
        is_decided: bool, shape (pairs,): pairs without a winner are not in the accuracy.
        margin: how far chosen is ahead, in nats: a β of 0 must not make ties of all.
    """
    chosen, rejected = (values.detach() for values in rewards)
    totals.add_each(f"{name}/chosen", chosen)
    totals.add_each(f"{name}/rejected", rejected)
    totals.add_each(f"{name}/margins", chosen - rejected)
    totals.add_each(f"{name}/accuracies", wins(margin[is_decided]))


def add_log_probs(totals: Totals, log_probs: PairLogProbs) -> None:
    """The log-probs that a method compares: sums in DPO, means in SimPO and ORPO, as in TRL."""
    for side, values in zip(SIDES, log_probs, strict=True):
        totals.add_each(f"logps/{side}", values)


def add_sequence_log_probs(totals: Totals, scores: CompletionScores) -> None:
    """Plain sums over tokens, of a method that compares something else.

    By their fall one sees that completions have become unlikely, whatever a method compares.
    """
    for side, values in zip(SIDES, scores.sides(), strict=True):
        totals.add_each(f"sequence_logps/{side}", values)


def add_completions(totals: Totals, scores: CompletionScores, *, logits: str = "logits") -> None:
    """Mean logit of each side's tokens, and how often chosen's tokens are the likeliest.

    Args:
        scores: of pairs, in which chosen rows come before rejected rows.
        logits: what the mean logits are called. TRL's trainers of methods without a reference
            average over prompt and padding as well, so they have another name there.
    """
    sizes = scores.n_tokens.chunk(2)
    for side, mean_logit, n_tokens in zip(SIDES, scores.mean_logit.chunk(2), sizes, strict=True):
        add_logits(totals, f"{logits}/{side}", mean_logit, n_tokens)
    n_correct = scores.n_correct.chunk(2)[0]
    totals.add("mean_token_accuracy", n_correct.sum(), float(sizes[0].sum()))


def add_logits(totals: Totals, name: str, mean_logit: Tensor, n_tokens: Tensor) -> None:
    """A mean over tokens, not over completions, which may be long or short."""
    totals.add(name, (mean_logit * n_tokens).double().sum(), float(n_tokens.sum()))
