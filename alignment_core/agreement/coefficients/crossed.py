"""Two sides set beside each other on every comparison that both judged, as cells of verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from alignment_core.agreement.coefficients.contingency import (
    brennan_prediger_of_two,
    cohen_kappa,
    contingency_agreement,
    gwet_ac,
    scott_pi,
)
from alignment_core.agreement.figures.cluster_intervals import cluster_interval
from alignment_core.agreement.figures.figure import (
    BOOTSTRAP_BCA,
    ONE_CATEGORY,
    ONE_COMPARISON,
    RARE_VERDICTS,
    Figure,
    worst_caution,
)
from alignment_core.agreement.figures.intervals import Clusters, Interval, resample_sums
from alignment_core.agreement.figures.lopsided import both_give, rarest_verdict, reach_unseen
from alignment_core.agreement.figures.measured import sums_by_owner
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.tables.columns import FloatArray, Keys
from alignment_core.agreement.tables.table import JudgementTable

OF_TWO = {
    "percent_agreement": contingency_agreement,
    "cohen_kappa": cohen_kappa,
    "scott_pi": scott_pi,
    "gwet_ac": gwet_ac,
    "brennan_prediger": brennan_prediger_of_two,
}
CHANCE_FROM_SHARES = ("cohen_kappa", "scott_pi")
LEAST = {"percent_agreement": 0.0, "cohen_kappa": -1.0, "scott_pi": -1.0}


@dataclass(frozen=True, eq=False)
class Settings:
    weights: FloatArray
    level: float
    n_resamples: int
    seed: int


@dataclass(frozen=True, eq=False)
class _Crossed:
    """Cells of comparisons that both sides judged, by cluster, and their resamples."""

    clusters: Clusters
    resamples: FloatArray | None
    rarest: int | None
    n_prompts: int
    settings: Settings
    q: int

    @classmethod
    def of(
        cls, cells: FloatArray, prompts: Keys | None, judged: FloatArray, settings: Settings
    ) -> _Crossed:
        sums = cells
        if prompts is not None:
            keys, owner = np.unique(prompts, return_inverse=True)
            sums = sums_by_owner(cells, owner, len(keys))
        clusters = Clusters(sums, np.ones(len(sums), dtype=np.int64))
        resamples = None
        if len(cells) > 1:
            rng = np.random.default_rng(settings.seed)
            resamples = resample_sums(clusters, n_resamples=settings.n_resamples, rng=rng)
        rarest = rarest_verdict(judged, len(sums))
        return cls(clusters, resamples, rarest, len(sums), settings, len(settings.weights))

    def is_lopsided(self, name: str) -> bool:
        return self.rarest is not None and name in CHANCE_FROM_SHARES

    def interval(self, name: str) -> Interval:
        if self.resamples is None:
            return Interval(None, None, ONE_COMPARISON)
        statistic = partial(_of_sums, partial(OF_TWO[name], weights=self.settings.weights), self.q)
        weights, least = self.clusters.sums.sum(axis=1), LEAST.get(name, -np.inf)
        level = self.settings.level
        interval = cluster_interval(
            self.clusters, self.resamples, statistic, level=level, weights=weights, least=least
        )
        if not self.is_lopsided(name):
            return interval
        return reach_unseen(
            interval,
            self.clusters,
            self.resamples,
            statistic,
            both_give(self.rarest, self.q) * float(weights.sum()) / self.n_prompts,
            level=level,
            weights=weights,
            least=least,
            rng=np.random.default_rng(self.settings.seed),
        )


def figures_of_two(
    table: JudgementTable,
    cells: FloatArray,
    prompts: Keys | None,
    n_pairs: int,
    settings: Settings,
    nothing: str,
    n_judgements: int = 0,
) -> dict[str, Figure]:
    """Figures of cells (n_comparisons, q²), one row a comparison; prompts keep rows together."""
    check_resampling(level=settings.level, n_resamples=settings.n_resamples, seed=settings.seed)
    n, q = len(cells), len(table.categories)
    total = _square(cells.sum(axis=0), q)
    judged = (total.sum(axis=0) + total.sum(axis=1)) / (2 * total.sum()) if n else np.zeros(0)
    crossed = _Crossed.of(cells, prompts, judged, settings)
    found = {}
    for name, coefficient in OF_TWO.items():
        needed = 1 if coefficient is contingency_agreement else 2
        value = float(coefficient(total, weights=settings.weights)) if n >= needed else np.nan
        undefined, interval = None, Interval(None, None, None)
        if np.isnan(value):
            undefined = {0: nothing, 1: ONE_COMPARISON}.get(n, ONE_CATEGORY)
        else:
            interval = crossed.interval(name)
        rare = RARE_VERDICTS if crossed.is_lopsided(name) else None
        found[name] = Figure(
            value=None if undefined else value,
            low=interval.low,
            high=interval.high,
            level=settings.level,
            n_comparisons=n,
            n_judgements=n_judgements,
            n_pairs=n_pairs,
            prevalence=dict(zip(table.categories, map(float, judged), strict=False)),
            undefined=undefined,
            interval_undefined=interval.undefined,
            method=interval.method or BOOTSTRAP_BCA,
            caution=None if undefined else worst_caution(rare, interval.caution),
        )
    return found


def _of_sums(statistic: partial[FloatArray], q: int, sums: FloatArray) -> FloatArray:
    return statistic(_square(sums, q))


def _square(sums: FloatArray, q: int) -> FloatArray:
    return sums.reshape(*sums.shape[:-1], q, q)
