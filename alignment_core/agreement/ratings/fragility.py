"""How few votes carry the leader: the fewest that, left out, put another model first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_core.agreement.ratings.likelihood import (
    Likelihood,
    design_of,
    identified,
    information_of,
    maximise,
)
from alignment_core.agreement.ratings.matches import LOST, WON, Matches
from alignment_core.agreement.ratings.tie_models import TIE_MODELS, TieModel, plain
from alignment_core.agreement.tables.columns import FloatArray, IntArray

_WEIGHT = 1e-3  # of a win each way between every two models: so there is always one likeliest value
_CHALLENGERS = 5  # that are tried, those that promise to need the fewest votes


@dataclass(frozen=True)
class Fragility:
    """n_votes left out of n put the challenger before the leader; both are positions of models."""

    leader: int
    challenger: int
    n_votes: int


def fewest_votes_that_change_the_leader(
    matches: Matches, *, ties: str = "rao_kupper"
) -> Fragility | None:
    """The fewest votes whose leaving out changes who leads, found by what each vote weighs.

    Votes are left out in the order of their pull on the gap between the two models, as the
    likelihood's slopes say it, and each guess is made sure by fitting again without them. So the
    number does change the leader; that no smaller number would is likely, and certain with two
    models.

    Returns: None with fewer than two models, or where no leaving out does it.
    Source: Broderick, Giordano & Meager 2020, arXiv:2011.14999.
    """
    if len(matches.models) < 2 or not len(matches.first):
        return None
    votes = _Votes.of(matches, TIE_MODELS[ties] if matches.has_ties else plain)
    values = votes.fitted(votes.counts)
    leader = int(np.argmax(values[: votes.n_models]))
    promising = []
    for challenger in range(votes.n_models):
        if challenger != leader:
            pull = votes.in_order_of_pull(values, leader, challenger)
            gap = float(values[leader] - values[challenger])
            promising.append((votes.promised(pull, gap), challenger, pull[0]))
    promising.sort(key=lambda one: one[:2])
    best: Fragility | None = None
    for guess, challenger, order in promising[:_CHALLENGERS]:
        most = int(votes.counts[order].sum()) if best is None else best.n_votes - 1
        n_votes = votes.fewest(order, leader, guess, most)
        if n_votes is not None:
            best = Fragility(leader, challenger, n_votes)
    return best


@dataclass(frozen=True, eq=False)
class _Votes:
    """Votes that say the same, counted together; behind them a trace of wins each way."""

    n_models: int
    cells: Matches
    counts: FloatArray
    model: TieModel

    @classmethod
    def of(cls, matches: Matches, model: TieModel) -> _Votes:
        n = len(matches.models)
        code = (matches.first * n + matches.second) * 3 + matches.outcome
        codes, counts = np.unique(code, return_counts=True)
        one, other = np.triu_indices(n, 1)
        traces = [(one * n + other) * 3 + WON, (one * n + other) * 3 + LOST]
        every = np.concatenate([codes, *traces])
        pair, outcome = np.divmod(every, 3)
        first, second = np.divmod(pair, n)
        nothing = np.zeros((len(every), 0))
        cells = Matches(matches.models, first, second, outcome, nothing, np.arange(len(every)))
        known = np.concatenate([counts, np.zeros(len(every) - len(codes), dtype=np.int64)])
        return cls(n, cells, known.astype(np.float64), model)

    def fitted(self, counts: FloatArray) -> FloatArray:
        """The likeliest values with so many votes of each kind."""
        likelihood = self._likelihood(counts)
        start = np.zeros(likelihood.design.shape[1])
        start[-1] = start[-1] if self.model is plain else 0.3
        steepest = 1e-9 * max(float(counts.sum()), 1.0)
        return maximise(likelihood, start, self._free(len(start)), steepest, 200)

    def in_order_of_pull(
        self, values: FloatArray, leader: int, challenger: int
    ) -> tuple[IntArray, FloatArray]:
        """Kinds of votes that widen the gap, and by how much one of each does, most first."""
        alone = Likelihood(
            design_of(self.cells, self.model is not plain),
            self.cells.outcome,
            np.ones(len(self.counts)),
            self.model,
        )
        _logs, slopes, _curvature = alone.at(values)
        likelihood = self._likelihood(self.counts)
        free = self._free(len(values))
        _logs, _slopes, curvature = likelihood.at(values)
        information = free.T @ information_of(likelihood.design, curvature) @ free
        gap = np.zeros(len(values))
        gap[leader], gap[challenger] = 1, -1
        towards = free @ np.linalg.lstsq(information, free.T @ gap, rcond=None)[0]
        pull = slopes[:, 0] * (alone.design @ towards)
        if self.model is not plain:
            pull += slopes[:, 1] * towards[-1]
        order = np.argsort(-pull, kind="stable")
        order = order[(pull[order] > 0) & (self.counts[order] > 0)]
        return order, pull[order]

    def promised(self, order: tuple[IntArray, FloatArray], gap: float) -> int:
        """How many votes close the gap, if each pulls as much as the first of its kind."""
        kinds, pull = order
        reached = np.cumsum(self.counts[kinds] * pull)
        enough = np.flatnonzero(reached >= gap)
        if not enough.size:
            return int(self.counts.sum()) + 1
        last = int(enough[0])
        before = float(reached[last - 1]) if last else 0.0
        whole = float(self.counts[kinds[:last]].sum())
        return int(whole + np.ceil((gap - before) / pull[last]))

    def fewest(self, order: IntArray, leader: int, guess: int, most: int) -> int | None:
        """The least number in this order that changes the leader, at most `most`."""
        low, high = 0, max(1, min(guess, most))
        while not self._changes(order, leader, high):
            low = high
            if high >= most:
                return None
            high = min(most, high + max(1, high // 4))
        while high - low > 1:
            middle = (low + high) // 2
            if self._changes(order, leader, middle):
                high = middle
            else:
                low = middle
        return high if high <= most else None

    def _changes(self, order: IntArray, leader: int, n_votes: int) -> bool:
        left = self.counts.copy()
        before = np.cumsum(left[order]) - left[order]
        left[order] -= np.clip(n_votes - before, 0, left[order])
        strength = self.fitted(left)[: self.n_models]
        others = np.delete(strength, leader)
        return bool(others.max() > strength[leader] + 1e-9)

    def _likelihood(self, counts: FloatArray) -> Likelihood:
        is_trace = np.arange(len(counts)) >= len(counts) - self.n_models * (self.n_models - 1)
        weights = counts + _WEIGHT * is_trace
        design = design_of(self.cells, self.model is not plain)
        return Likelihood(design, self.cells.outcome, weights, self.model)

    def _free(self, n_values: int) -> FloatArray:
        return identified(n_values, self.n_models)
