"""From the votes on a record to what a pair loss aims at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignment_core.configs.votes import VoteRule
from alignment_core.data.records import (
    BY_SHARES,
    DEMONSTRATION,
    UNDESIRABLE,
    PreferenceRecord,
    VerdictCounts,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PairTarget:
    """Shares of the votes on a pair, which add up to 1, and what else its record says."""

    win: float
    loss: float
    tie: float
    outcome: str = "preference"
    strength: float = 0.0  # how much better chosen is, on the annotators' scale; 0 if unknown

    @property
    def p_chosen(self) -> float:
        """The probability that `chosen` is preferred, in [0, 1]; a tie is half a vote for each."""
        return self.win + 0.5 * self.tie

    @property
    def is_decided(self) -> bool:
        """Whether one of the two was preferred, so that a model can be right or wrong about it."""
        return self.outcome == "preference"

    def is_good(self, side: int) -> bool:
        """Whether a completion by itself is good: the first or the second that there is."""
        return side == 0 and self.outcome in ("preference", DEMONSTRATION)


def pair_target(record: PreferenceRecord, rule: VoteRule) -> PairTarget | None:
    """What to aim at; None if the rule leaves the record out.

    Without soft labels the outcome is certain. With them each share is that of the votes, with the
    prior a on either side: chosen has (n_chosen + a) / (n + 2a), so that with half of the ties it
    has (n_chosen + ½ n_tie + a) / (n + 2a). A record without votes counts as one vote for its
    outcome; adjudication is the expert's word, so the disputed votes no longer count. What people
    rightly differ on has soft labels always.
    """
    outcome = record.outcome
    if (outcome == "tie" and not rule.keeps_ties) or (
        outcome == "both_bad" and not rule.keeps_both_bad
    ):
        return None
    is_soft = (rule.soft_labels or record.resolved_by in BY_SHARES) and outcome != "both_bad"
    win, loss, tie = _shares(record, rule.vote_prior) if is_soft else _outcome_alone(record)
    return PairTarget(win=win, loss=loss, tie=tie, outcome=outcome, strength=record.strength or 0.0)


def cohort_targets(
    record: PreferenceRecord, *, vote_prior: float
) -> dict[str, tuple[PairTarget, float]]:
    """What each cohort's votes aim at, with its share of the pair's votes.

    A cohort that did not compare the two is left out, and so are votes that an adjudication has
    overruled. A cohort has no outcome of its own: its target counts as decided where more of its
    votes are for one of the two, and the strength of the preference as known where those are for
    chosen.
    """
    if record.resolved_by == "adjudication":
        return {}
    counted = {name: votes for name, votes in record.verdicts_by_cohort.items() if votes.n_relative}
    n_votes = sum(votes.n_relative for votes in counted.values())
    targets = {}
    for name, votes in counted.items():
        win, loss, tie = _with_prior(votes, vote_prior)
        outcome = "tie" if votes.chosen == votes.rejected else "preference"
        strength = (record.strength or 0.0) if votes.chosen > votes.rejected else 0.0
        target = PairTarget(win=win, loss=loss, tie=tie, outcome=outcome, strength=strength)
        targets[name] = (target, votes.n_relative / n_votes)
    return targets


def agreement(record: PreferenceRecord, *, vote_prior: float) -> float:
    """|2p - 1| with p the share of the votes as with soft labels: 0 evenly split, 1 at one.

    With a prior, few votes are less agreed than many. An adjudication is at one.
    """
    win, loss, _ = _shares(record, vote_prior)
    return abs(win - loss)


def agreement_weights(
    records: Sequence[PreferenceRecord], *, vote_prior: float, power: float
) -> list[float]:
    """Agreement to a power for each record, with a mean of 1, so that the learning rate stands.

    Args:
        records: the whole training split: the scale is found once, not for each step.
    Returns: one weight a record, at least 0.
    Raises: ValueError if every weight is 0.
    """
    raw = [agreement(record, vote_prior=vote_prior) ** power for record in records]
    total = sum(raw)
    if total == 0:
        raise ValueError("people are evenly split on every record")
    return [weight * len(raw) / total for weight in raw]


def fitted_tie_parameter(targets: Sequence[PairTarget], *, model: str) -> float:
    """ν for which equals tie as often as these records do: the likeliest ν before training.

    With t the mean share of ties it is t / (1 - t) for Davidson and (1 + t) / (1 - t) for Rao and
    Kupper.

    Raises: ValueError if there are no ties, or nothing else.
    """
    share = sum(target.tie for target in targets) / len(targets)
    if not 0 < share < 1:
        raise ValueError(f"the share of ties is {share:g}")
    return share / (1 - share) if model == "davidson" else (1 + share) / (1 - share)


def _shares(record: PreferenceRecord, prior: float) -> tuple[float, float, float]:
    """Shares of win, loss and tie among the votes and the prior on either side."""
    if record.resolved_by == "adjudication":
        return _outcome_alone(record)
    if record.verdicts.n_relative == 0:
        win, loss, tie = (int(share) for share in _outcome_alone(record))
        return _with_prior(VerdictCounts(chosen=win, rejected=loss, tie=tie), prior)
    return _with_prior(record.verdicts, prior)


def _with_prior(votes: VerdictCounts, prior: float) -> tuple[float, float, float]:
    total = votes.n_relative + 2 * prior
    return (votes.chosen + prior) / total, (votes.rejected + prior) / total, votes.tie / total


def _outcome_alone(record: PreferenceRecord) -> tuple[float, float, float]:
    """One vote for the outcome; that both are bad says as little as a tie about which is better."""
    if record.outcome == UNDESIRABLE:
        return 0.0, 1.0, 0.0
    is_chosen = record.outcome in ("preference", DEMONSTRATION)
    return (1.0, 0.0, 0.0) if is_chosen else (0.0, 0.0, 1.0)
