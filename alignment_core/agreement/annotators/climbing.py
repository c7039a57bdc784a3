"""Climbing a likelihood by steps that never lower it, and by leaps where they raise it.

Expectation and maximisation goes far at first and then creeps, so that a small gain says little
about how far the top is. Leaps are Anderson's: the combination of the last steps that would leave
nothing to step, were the map linear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from alignment_core.agreement.tables.columns import FloatArray

Step = Callable[[FloatArray], tuple[FloatArray, float]]  # values to the next, and their objective
Allowed = Callable[[FloatArray, FloatArray], FloatArray]  # leapt and stepped values to allowed ones

_MEMORY = 8  # steps that a leap is made of
_ROUNDING = 1e-12  # below that, values no longer move by more than their rounding


@dataclass(frozen=True, eq=False)
class Climb:
    """Where a climb ended: values, the objective after each step, never falling, and whether the
    end was reached."""

    values: FloatArray
    objective: tuple[float, ...]
    has_converged: bool


@dataclass(frozen=True, eq=False)
class _Place:
    values: FloatArray
    stepped: FloatArray  # where a plain step leads
    objective: float

    @property
    def residual(self) -> FloatArray:
        return self.stepped - self.values


@dataclass(eq=False)
class _Path:
    """The last moves and how they changed what is left to step."""

    moves: list[FloatArray] = field(default_factory=list)
    changes: list[FloatArray] = field(default_factory=list)

    def remember(self, before: _Place, after: _Place) -> None:
        self.moves = [*self.moves, after.values - before.values][-_MEMORY:]
        self.changes = [*self.changes, after.residual - before.residual][-_MEMORY:]

    def leap(self, place: _Place) -> FloatArray:
        """Values that would be left unmoved, were the steps linear (Walker & Ni 2011, eq. 1.1)."""
        if not self.moves:
            return place.stepped
        changes = np.stack(self.changes, axis=1)
        gram = changes.T @ changes
        gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram) + 1e-300
        shares = np.linalg.solve(gram, changes.T @ place.residual)
        leapt: FloatArray = place.stepped - (np.stack(self.moves, axis=1) + changes) @ shares
        return leapt


def climb(
    step: Step,
    start: FloatArray,
    *,
    allowed: Allowed,
    n_plain: int,
    tolerance: float,
    max_steps: int,
) -> Climb:
    """Climb until no value is farther than `tolerance` from where the climb leads.

    That distance is what the last steps foretell, not the length of one step: on a plateau steps
    are short and the way is long. The objective's gain must have come to its end as well.

    Args: step, which never lowers the objective; n_plain steps are taken before the first leap,
        so that small problems end where plain steps lead. max_steps: evaluations in all.
    Source: Walker & Ni 2011, SIAM Journal on Numerical Analysis 49; leaps that lower the objective
        are given up for a plain step, as in Henderson & Varadhan 2019, JCGS 28.
    """

    def at(values: FloatArray) -> _Place:
        return _Place(values, *step(values))

    place, path, n_steps = at(start), _Path(), 1
    objective = [place.objective]
    has_converged = False
    while n_steps < max_steps and not has_converged:
        before = place
        leapt = before.stepped
        if n_steps >= n_plain:
            leapt = allowed(path.leap(before), before.stepped)
        place, n_steps = at(leapt), n_steps + 1
        if place.objective < before.objective and leapt is not before.stepped:
            path = _Path()
            place, n_steps = at(before.stepped), n_steps + 1
        path.remember(before, place)
        objective.append(place.objective)
        gain = abs(place.objective - before.objective)
        is_level = gain <= tolerance * max(1.0, abs(place.objective))
        has_converged = is_level and _distance(path, before, place) <= max(tolerance, _ROUNDING)
    return Climb(place.values, tuple(objective), has_converged)


def _distance(path: _Path, before: _Place, place: _Place) -> float:
    """How far the end still is, by the leap and by how fast steps become shorter."""
    step = float(np.abs(place.residual).max())
    if step <= _ROUNDING:
        return step
    shorter = float(np.linalg.norm(place.residual) / np.linalg.norm(before.residual))
    creeping = step / (1 - shorter) if shorter < 1 else np.inf
    return max(step, min(creeping, float(np.abs(path.leap(place) - place.values).max())))
