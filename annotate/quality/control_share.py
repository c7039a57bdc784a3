"""What closing comparisons early saves, and what it costs, as the control comparisons show.

The controls were drawn by lot and got the full overlap whatever was said. Their votes, in the order
in which they came, are asked one by one whether they would have closed the comparison: so it is
known how many would have been enough, and whether the outcome is what the full overlap came to.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from annotate.comparisons.adaptive_overlap import is_sure
from annotate.comparisons.resolution_rule import winner_of
from annotate.models import Comparison, ComparisonState, Judgement, Project, Verdict
from annotate.quality.by_person import LEVEL, Share, share_of

MOST_REPLAYED = 2000  # controls, the newest: a page reads them whenever it is shown
COMPLETE = (
    ComparisonState.OPEN,
    ComparisonState.ADJUDICATION,
    ComparisonState.ADJUDICATED,
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One control: its votes, how many were enough, and whether they came to the same."""

    prompt: int
    n_full: int
    n_enough: int
    is_same: bool


@dataclass(frozen=True)
class ControlShare:
    """What the controls show.

    saved: share of judgements that would not have been asked for, with the ends of a 95 % interval
    (bootstrap over prompts); None where no control is complete, or too few for an interval. early:
    of the controls that would have closed early, how many came to what the full overlap did.
    promised: how many of them are to, at least.
    """

    n_controls: int
    n_full: int
    n_enough: int
    saved: float | None
    low: float | None
    high: float | None
    early: Share
    promised: float

    @property
    def saves_something(self) -> bool | None:
        """Whether the interval leaves out nought; None where there is none."""
        return None if self.low is None else self.low > 0

    @property
    def costs_accuracy(self) -> bool:
        """Whether fewer come to the same than was promised, beyond doubt."""
        return self.early.high is not None and self.early.high < self.promised


def control_share(project: Project) -> ControlShare:
    replayed = _replay_all(project)
    early = [one for one in replayed if one.n_enough < one.n_full]
    n_full = sum(one.n_full for one in replayed)
    n_enough = sum(one.n_enough for one in replayed)
    low, high = _interval(replayed)
    return ControlShare(
        n_controls=len(replayed),
        n_full=n_full,
        n_enough=n_enough,
        saved=1 - n_enough / n_full if n_full else None,
        low=low,
        high=high,
        early=share_of(sum(one.is_same for one in early), len(early)),
        promised=project.closes_at,
    )


def _replay_all(project: Project) -> list[Replayed]:
    complete = Comparison.objects.filter(
        project=project,
        is_control=True,
        gold_verdict="",
        state__in=COMPLETE,
        n_counted__gte=F("wanted"),
    ).order_by("-pk")
    prompts = dict(complete.values_list("pk", "prompt")[:MOST_REPLAYED])
    votes: dict[int, list[str]] = defaultdict(list)
    counted = Judgement.objects.filter(
        comparison__in=list(prompts), withdrawn_at=None, is_counted=True
    )
    in_order = counted.order_by("judged_at", "pk")
    for comparison, verdict in in_order.values_list("comparison", "verdict"):
        votes[comparison].append(verdict)
    return [replay(said, prompts[key], project) for key, said in votes.items()]


def replay(votes: Sequence[str], prompt: int, project: Project) -> Replayed:
    """Args: votes, of one control in their order; prompt, its key."""
    counts = dict.fromkeys(Verdict, 0)
    n_enough, outcome = len(votes), None
    for n, verdict in enumerate(votes, start=1):
        counts[Verdict(verdict)] += 1
        if n < n_enough and is_sure(counts, project):
            n_enough, outcome = n, winner_of(counts, project)
    is_early = n_enough < len(votes)
    return Replayed(
        prompt, len(votes), n_enough, not is_early or outcome == winner_of(counts, project)
    )


def _interval(replayed: Sequence[Replayed]) -> tuple[float | None, float | None]:
    if not replayed:
        return None, None
    import numpy as np  # only where there is something to work out

    from alignment_core.agreement import saved_interval

    by_prompt: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for one in replayed:
        by_prompt[one.prompt][0] += one.n_enough
        by_prompt[one.prompt][1] += one.n_full
    found = saved_interval(np.array(list(by_prompt.values())), level=LEVEL)
    return found.low, found.high
