"""Two checkpoints on one figure: by how much they differ, and whether that is more than chance."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.figures.paired import FEWEST_SHARED, paired_bootstrap
from training.models import Gate
from training.promotion.measurements import CLUSTERS, Measurement

LOWER_IS_BETTER = {"length", "harm_given", "harmless_refused", "nothing_said"}
UNBOUNDED = {"reward", "length"}  # the others are shares: no unit differs by more than 1


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure of both on what both were measured on.

    `difference` is the first's less the second's; of length it is a share of the second's. `said`
    is better, worse, or unclear where the interval holds 0. `passes` is None without a margin.
    """

    name: str  # as in CLUSTERS; of a cohort, with its name behind a colon
    n: int
    n_prompts: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    said: str
    margin: float | None
    passes: bool | None
    is_scored_alike: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def kind_of(name: str) -> str:
    return name.partition(":")[0]


def margin_of(gate: Gate, name: str) -> float | None:
    """By how much the interval of a figure may reach below; None where nothing is asked."""
    margins: dict[str, float | None] = {
        "accuracy": gate.max_less_accurate,
        "cohort": gate.max_less_in_cohort,
        "length": gate.max_longer,
        "harm_given": gate.max_more_harm,
        "harmless_refused": gate.max_more_refused,
        "nothing_said": gate.max_more_nothing,
    }
    return margins.get(kind_of(name))


def compare(gate: Gate, name: str, first: Measurement, second: Measurement) -> Compared | None:
    """None where they share too little to say anything.

    A cohort smaller than the gate's fewest prompts is shown and binds nobody.
    """
    shared = sorted(first.values.keys() & second.values.keys())
    if len(shared) < FEWEST_SHARED:
        return None
    kind = kind_of(name)
    values = np.array([[one.values[unit] for one in (first, second)] for unit in shared])
    cluster_of = CLUSTERS[kind]
    _names, clusters = np.unique([cluster_of(unit) for unit in shared], return_inverse=True)
    means = values.mean(axis=0)
    differences = values[:, 0] - values[:, 1]
    if kind == "length":
        differences = differences / max(float(means[1]), 1.0)
    low, high = paired_bootstrap(differences, clusters, reach=None if kind in UNBOUNDED else 1.0)
    n_prompts = int(clusters.max()) + 1
    is_bound = kind != "cohort" or n_prompts >= gate.min_prompts
    margin = margin_of(gate, name) if is_bound else None
    worst = -high if kind in LOWER_IS_BETTER else low
    best = -low if kind in LOWER_IS_BETTER else high
    return Compared(
        name=name,
        n=len(shared),
        n_prompts=n_prompts,
        first=float(means[0]),
        second=float(means[1]),
        difference=float(differences.mean()),
        low=low,
        high=high,
        said="better" if worst > 0 else "worse" if best < 0 else "unclear",
        margin=margin,
        passes=None if margin is None else worst >= -margin,
        is_scored_alike=first.scored_by == second.scored_by,
    )
