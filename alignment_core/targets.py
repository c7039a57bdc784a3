"""From the votes on a record to what a pair loss aims at."""

from __future__ import annotations

from alignment_core.records import PreferenceRecord


def preference_target(
    record: PreferenceRecord, *, soft_labels: bool, vote_prior: float
) -> float | None:
    """The probability that `chosen` is preferred, in [0, 1]; None if the pair cannot be used.

    Without soft labels a preference is certain and a tie cannot be used. With them it is
    (n_chosen + ½ n_tie + a) / (n + 2a), where a is the prior on each side. A record without votes
    counts as one vote for its outcome; adjudication is the expert's word, so the disputed votes
    no longer count. both_bad compares nothing and is never used.
    """
    if record.outcome == "both_bad" or (record.outcome == "tie" and not soft_labels):
        return None
    certain = 0.5 if record.outcome == "tie" else 1.0
    if not soft_labels or record.resolved_by == "adjudication":
        return certain
    votes = record.verdicts
    n_votes, n_for_chosen = votes.n_relative, votes.chosen + 0.5 * votes.tie
    if n_votes == 0:
        n_votes, n_for_chosen = 1, certain
    return (n_for_chosen + vote_prior) / (n_votes + 2 * vote_prior)
