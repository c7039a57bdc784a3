"""What counted judgements amount to: the one rule, which reads no table and writes none.

The rule, of one comparison's counted judgements:

- fewer than `min_judgements`: nothing is resolved yet;
- by majority, the verdict with the most judgements wins, if no other has as many, and if its share
  is above `min_agreement` (or everybody agrees, where that is 1.0);
- by posterior, it wins once the probability that most people would give it reaches
  `min_posterior`: every judgement counts alike, whoever gave it;
- all the judgements wanted are in and nothing won, or three people skipped it: adjudication;
- a reviewer's ruling stands, whatever judgements come or go;
- a triage closes what is contested, and says whether it enters training as the rule has it, by the
  shares of its votes, or not at all.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.models import (
    Adjudication,
    Comparison,
    ComparisonState,
    EntersAs,
    Judgement,
    Outcome,
    Project,
    ResolutionRule,
    ResolvedBy,
    Triage,
    Verdict,
)

SKIPS_TO_ADJUDICATION = 3
UNDER_THE_RULE = (ComparisonState.OPEN, ComparisonState.ADJUDICATION)
SIGNS: dict[str, int] = {Verdict.FIRST: 1, Verdict.SECOND: -1, Verdict.TIE: 0}


BY_SHARES: dict[str, ResolvedBy] = {  # what people rightly differ on has no winner
    EntersAs.SHARES: ResolvedBy.TRIAGE,
    EntersAs.COHORTS: ResolvedBy.COHORTS,
}


class Resolution(NamedTuple):
    """All that a preference says, but for the rows it was made from."""

    outcome: str
    chosen_id: int
    rejected_id: int
    p_first: float | None
    agreement: float | None
    strength: float | None
    n_first: int
    n_second: int
    n_tie: int
    n_both_bad: int
    resolved_by: str
    adjudication_id: int | None


def resolution_of(
    comparison: Comparison,
    *,
    used: Sequence[Judgement],
    ruling: Adjudication | None,
    triage: Triage | None = None,
) -> Resolution | None:
    """What the counted judgements `used`, or the ruling or triage that stands, say of it."""
    enters = triage.enters if triage else EntersAs.OUTCOME
    if enters == EntersAs.OUT:
        return None
    winner: str | None
    if enters in BY_SHARES:
        ruling, winner = None, commonest_of_two(comparison)
    else:
        winner = ruling.verdict if ruling else winning_verdict(comparison, comparison.project)
    if winner is None:
        return None
    counts = {field: getattr(comparison, field) for field in VERDICT_COUNTS.values()}
    chosen, rejected = comparison.first_id, comparison.second_id
    if winner == Verdict.SECOND:
        chosen, rejected = rejected, chosen
    agreement = None
    if comparison.n_counted:
        agreement = counts[VERDICT_COUNTS[Verdict(winner)]] / comparison.n_counted
    outcome = Outcome(winner) if winner in Outcome.values else Outcome.PREFERENCE
    resolved_by = ResolvedBy.ADJUDICATION if ruling else _resolver(comparison.project)
    resolved_by = BY_SHARES.get(enters, resolved_by)
    return Resolution(
        outcome=outcome.value,
        chosen_id=chosen,
        rejected_id=rejected,
        p_first=p_first(comparison),
        agreement=agreement,
        strength=_mean_strength(used, towards=winner),
        resolved_by=resolved_by.value,
        adjudication_id=ruling.pk if ruling else None,
        **counts,
    )


def commonest_of_two(comparison: Comparison) -> Verdict | None:
    """Which of the two answers more people prefer; a tie where as many prefer either.

    None where nobody compared them: then there are no shares to learn from.
    """
    if p_first(comparison) is None:
        return None
    if comparison.n_first == comparison.n_second:
        return Verdict.TIE
    return Verdict.FIRST if comparison.n_first > comparison.n_second else Verdict.SECOND


def winning_verdict(comparison: Comparison, project: Project) -> Verdict | None:
    """The verdict that the counted judgements amount to by the project's rule, if any."""
    counts = {verdict: getattr(comparison, field) for verdict, field in VERDICT_COUNTS.items()}
    return winner_of(counts, project)


def winner_of(counts: Mapping[Verdict, int], project: Project) -> Verdict | None:
    """As `winning_verdict`, of how often each verdict was given."""
    n_counted = sum(counts.values())
    if n_counted < max(1, project.min_judgements):
        return None
    if project.resolution_rule == ResolutionRule.POSTERIOR:
        return _surest_verdict(counts, project)
    verdict, n_most = max(counts.items(), key=lambda item: item[1])
    if list(counts.values()).count(n_most) > 1:
        return None
    share = n_most / n_counted
    if share > project.min_agreement or share == 1.0:
        return verdict
    return None


def state_by_rule(comparison: Comparison, *, is_won: bool) -> str:
    """The state of a comparison; one that is not under the rule stays as it is."""
    if comparison.state not in UNDER_THE_RULE:
        return comparison.state
    is_full = comparison.n_counted >= comparison.wanted
    is_skipped = comparison.n_skips >= SKIPS_TO_ADJUDICATION
    is_disputed = comparison.awaits_ruling or is_skipped or (is_full and not is_won)
    return ComparisonState.ADJUDICATION if is_disputed else ComparisonState.OPEN


def rule_of(project: Project) -> dict[str, object]:
    """The rule as a preference keeps it."""
    rule: dict[str, object] = {"name": project.resolution_rule}
    rule["min_judgements"] = project.min_judgements
    if project.resolution_rule == ResolutionRule.POSTERIOR:
        return rule | {
            "min_posterior": project.min_posterior,
            "verdicts": offered_verdicts(project),
        }
    return rule | {"min_agreement": project.min_agreement}


def p_first(comparison: Comparison) -> float | None:
    """(first + ½ tie) / (first + second + tie), raw; None where nobody compared the two."""
    n_compared = comparison.n_first + comparison.n_second + comparison.n_tie
    if n_compared == 0:
        return None
    return (comparison.n_first + comparison.n_tie / 2) / n_compared


def sureness_of(verdict: Verdict, counts: Mapping[Verdict, int], project: Project) -> float:
    """The probability that most people would give this verdict."""
    return _posterior_by_verdict(counts, project).get(verdict, 0.0)


def _surest_verdict(counts: Mapping[Verdict, int], project: Project) -> Verdict | None:
    posterior = _posterior_by_verdict(counts, project)
    verdict, probability = max(posterior.items(), key=lambda item: item[1])
    return verdict if probability >= project.min_posterior else None


def _posterior_by_verdict(counts: Mapping[Verdict, int], project: Project) -> dict[Verdict, float]:
    """Of the verdicts offered, and any that was given all the same."""
    offered = offered_verdicts(project)
    possible = [verdict for verdict in counts if counts[verdict] or verdict in offered]
    posterior = _posterior(tuple(counts[verdict] for verdict in possible))
    return dict(zip(possible, posterior, strict=True))


def offered_verdicts(project: Project) -> list[Verdict]:
    """The verdicts that whoever judges here may choose from now."""
    return project.current_protocol.verdicts


@lru_cache(maxsize=4096)  # a few patterns of votes make up nearly all comparisons
def _posterior(counts: tuple[int, ...]) -> tuple[float, ...]:
    from alignment_core.agreement.when_to_stop import outcome_posterior  # numpy: only by this rule

    return tuple(outcome_posterior(counts).tolist())


def _mean_strength(used: Sequence[Judgement], *, towards: str) -> float | None:
    """The signed mean of the strengths given, towards the chosen completion; a tie counts as 0.

    None, if no judgement that prefers one of the two says how much.
    """
    if all(judgement.strength is None or not SIGNS.get(judgement.verdict) for judgement in used):
        return None
    signed = [
        SIGNS[judgement.verdict] * (judgement.strength or 0)
        for judgement in used
        if judgement.verdict == Verdict.TIE
        or (judgement.verdict in SIGNS and judgement.strength is not None)
    ]
    mean = sum(signed) / len(signed)
    return 0.0 - mean if towards == Verdict.SECOND else mean  # no -0.0, which is written otherwise


def _resolver(project: Project) -> ResolvedBy:
    is_posterior = project.resolution_rule == ResolutionRule.POSTERIOR
    return ResolvedBy.POSTERIOR if is_posterior else ResolvedBy.VOTES
