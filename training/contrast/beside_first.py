"""The runs of a sweep beside the first of its table, on what both were measured on.

Each interval is made wider by how many there are (Bonferroni). Whichever run is the best in truth:
that one of the others beats it by chance alone happens in 5 % of sweeps at most. So, at 95 %, it is
among those that are not told apart from the first, although the same figures chose the first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from alignment_core.agreement.figures.paired import (
    FEWEST_SHARED,
    compare_shared,
    compare_shared_values,
)
from training.models import Evaluation
from training.reports.same_pairs import prompt_of_pair, wins_by_pair

LEVEL = 0.95  # of all intervals together

Values = Mapping[str, float]
Compare = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A figure that evaluations keep prompt by prompt, so that two can be paired."""

    values: Callable[[Evaluation], Values]
    scored_by: Callable[[Evaluation], str]
    cluster_of: Callable[[str], str]  # what is alike in two names of units
    compare: Compare


@dataclass(frozen=True, kw_only=True)
class BesideFirst:
    """One run beside the first. `difference` is the first's less its own, with low and high."""

    said: str  # worse, better, unclear; unknown where too little is of both
    shared: Mapping[str, Any] | None


def _by_prompt(evaluation: Evaluation) -> Mapping[str, Any]:
    return (evaluation.run.summary or {}).get("by_prompt") or {}


def _safety(name: str) -> Kept:
    return Kept(
        values=lambda one: (_by_prompt(one).get("safety") or {}).get(name) or {},
        scored_by=lambda _one: "",
        cluster_of=lambda unit: unit.partition("|")[0],  # a question in all its languages
        compare=compare_shared,
    )


KEPT: dict[str, Kept] = {
    "accuracy": Kept(
        values=wins_by_pair,
        scored_by=lambda one: one.scored_by,
        cluster_of=prompt_of_pair,
        compare=compare_shared,
    ),
    "mean_reward": Kept(
        values=lambda one: _by_prompt(one).get("rewards") or {},
        scored_by=lambda one: str(_by_prompt(one).get("rewarded_by", "")),
        cluster_of=str,
        compare=compare_shared_values,
    ),
    **{f"safety.{name}": _safety(name) for name in ("harm_given", "harmless_refused")},
    "safety.nothing_said": _safety("nothing_said"),
}


def beside_first(
    measured: Sequence[Sequence[Evaluation]], *, by: str, is_less_better: bool
) -> list[BesideFirst]:
    """Of each but the first, by their evaluations; none where the figure is not kept by prompt."""
    kept = KEPT.get(by)
    if kept is None or not measured:
        return []
    first, *others = measured
    couples = [_closest(kept, first, other) for other in others]
    n_intervals = sum(couple is not None for couple in couples)
    level = 1 - (1 - LEVEL) / max(1, n_intervals)
    return [_beside(kept, couple, level, is_less_better) for couple in couples]


def _closest(
    kept: Kept, first: Sequence[Evaluation], other: Sequence[Evaluation]
) -> tuple[Values, Values] | None:
    """Of two that were scored alike the values with most units in common, the newest of equals."""
    couples = [
        (kept.values(one), kept.values(another))
        for one, another in product(first, other)
        if kept.scored_by(one) == kept.scored_by(another)
    ]
    best = max(couples, key=_n_shared, default=None)
    return best if best is not None and _n_shared(best) >= FEWEST_SHARED else None


def _n_shared(couple: tuple[Values, Values]) -> int:
    one, other = couple
    return len(one.keys() & other.keys())


def _beside(
    kept: Kept, couple: tuple[Values, Values] | None, level: float, is_less_better: bool
) -> BesideFirst:
    if couple is None:
        return BesideFirst(said="unknown", shared=None)
    shared = kept.compare(*couple, cluster_of=kept.cluster_of, level=level)
    if shared is None:
        return BesideFirst(said="unknown", shared=None)
    is_above, is_below = shared["low"] > 0, shared["high"] < 0
    if is_less_better:
        is_above, is_below = is_below, is_above
    said = "worse" if is_above else "better" if is_below else "unclear"
    return BesideFirst(said=said, shared=shared)
