"""How many judgements a comparison wants: a fixed number, or as many as its votes ask for.

With *adaptive overlap* a comparison wants the fewest judgements at first, and one more whenever all
that it wanted are in and its outcome is not sure, up to `most`. It is sure, and closed, once the
project's rule has a winner and the probability that most people would give that verdict reaches
`closes_at`. So no place is open that may not be needed, and a claim reads what it always read.

One comparison in `control_every`, drawn by lot, is a *control*: it gets the full overlap whatever
is said, and shows what closing early saves and costs. Sets that are ranked, and what arenas ask,
have a fixed number.
"""

from collections.abc import Mapping
from typing import NamedTuple

from annotate.comparisons.resolution_rule import sureness_of, winner_of
from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.models import Comparison, Project, Verdict


class Overlap(NamedTuple):
    """wanted: now; most: that may be wanted, 0 where the number is fixed."""

    wanted: int
    most: int
    is_control: bool


def overlap_at_first(
    project: Project, full: int, *, rand_key: int, is_fixed: bool = False
) -> Overlap:
    """What a comparison without judgements wants. Its key in the queue draws the controls.

    Args: full, the judgements that it gets where the number is fixed.
    """
    if is_fixed or not project.closes_at:
        return Overlap(full, 0, is_control=False)
    if rand_key % project.control_every == 0:
        return Overlap(full, 0, is_control=True)
    return Overlap(min(project.fewest_judgements, full), full, is_control=False)


def fit_wanted(comparison: Comparison) -> None:
    """Let a locked comparison want what its votes ask for, unsaved; a fixed number stays."""
    if not comparison.most:
        return
    project = comparison.project
    wanted = comparison.n_counted
    counts = {verdict: getattr(comparison, name) for verdict, name in VERDICT_COUNTS.items()}
    if not is_sure(counts, project):
        wanted = min(comparison.most, max(project.fewest_judgements, wanted + 1))
    # whoever holds it already is not sent away
    comparison.wanted = max(comparison.n_counted + comparison.n_leased, wanted)


def is_sure(counts: Mapping[Verdict, int], project: Project) -> bool:
    """Whether these votes close a comparison: the rule that is replayed on the controls, too."""
    if sum(counts.values()) < project.fewest_judgements:
        return False
    winner = winner_of(counts, project)
    return winner is not None and sureness_of(winner, counts, project) >= project.closes_at
