"""Comparisons between models as matches: who met whom, who won, in which prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford, connected_components

from alignment_core.agreement.figures.figure import NEVER_MET, ONE_SIDED
from alignment_core.agreement.tables.columns import (
    FloatArray,
    IntArray,
    Keys,
    encode_keys,
)
from alignment_core.agreement.tables.keys import encode_column, join_keys, key_column
from alignment_core.agreement.tables.missing import as_numbers, number_column

LOST, TIED, WON = range(3)


class NotConnectedError(ValueError):
    """The matches do not settle how some models compare; the message names them.

    groups: models in groups that can be rated only within themselves; none where ties are why.
    reason: NEVER_MET or ONE_SIDED, as a figure says why it is undefined.
    """

    def __init__(self, message: str, groups: Sequence[Sequence[Any]], *, reason: str) -> None:
        super().__init__(message)
        self.groups = groups
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Matches:
    """One entry for each judgement of two models.

    models: sorted distinct keys. first, second: positions in it. outcome: of the first, LOST,
    TIED or WON. covariates: of the first less of the second, as of their lengths, (n, k), k 0 if
    there are none. prompt: positions of what is resampled together. annotator: positions of who
    judged; None if not known.
    """

    models: Keys
    first: IntArray
    second: IntArray
    outcome: IntArray
    covariates: FloatArray
    prompt: IntArray
    annotator: IntArray | None = None

    @classmethod
    def from_arrays(
        cls,
        first: npt.ArrayLike,
        second: npt.ArrayLike,
        score: npt.ArrayLike,
        *,
        prompt: npt.ArrayLike | None = None,
        annotator: npt.ArrayLike | None = None,
        covariate: npt.ArrayLike | None = None,
    ) -> Matches:
        """Build from one entry for each judgement.

        Args (arrays of one length): first, second: keys of the models. score: 1 where the first
            won, 0 where the second did, 0.5 for a tie. prompt: key of what belongs together;
            default: each entry alone. annotator: key of who judged. covariate: any finite
            number, first less second; several as columns, (n, k).
        Raises: ValueError naming the entry, if one is not as stated or a model meets itself.
        """
        one, other = key_column(first, "first"), key_column(second, "second")
        if len(one) != len(other):
            raise ValueError(f"second has {len(other)} entries, first has {len(one)}")
        scores = number_column(score, "score")
        models, places = encode_keys(join_keys([one, other], "first and second"))
        a, b = places[: len(one)], places[len(one) :]
        if scores.shape != a.shape:
            raise ValueError(f"score has {scores.size} entries, first has {len(a)}")
        unknown = np.flatnonzero(~np.isin(scores, (0, 0.5, 1)))
        if unknown.size:
            raise ValueError(f"score[{unknown[0]}] is {scores[unknown[0]]}, not 0, 0.5 or 1")
        itself = np.flatnonzero(a == b)
        if itself.size:
            raise ValueError(f"entry {itself[0]}: {models[a[itself[0]]]!s} meets itself")
        return cls(
            models,
            a,
            b,
            (2 * scores).astype(np.int64),
            _columns(covariate, len(a)),
            np.arange(len(a)) if prompt is None else _positions(prompt, "prompt", len(a)),
            None if annotator is None else _positions(annotator, "annotator", len(a)),
        )

    @property
    def has_ties(self) -> bool:
        return bool((self.outcome == TIED).any())

    @property
    def has_decided(self) -> bool:
        return bool((self.outcome != TIED).any())

    @property
    def n_prompts(self) -> int:
        return len(np.unique(self.prompt))

    @property
    def n_annotators(self) -> int:
        return 0 if self.annotator is None else len(np.unique(self.annotator))


def require_connected(matches: Matches) -> None:
    """Raise NotConnectedError unless every two models are joined by wins (or ties) both ways.

    Otherwise no finite ratings are most likely: two groups never met, or one group never lost.
    Source: Ford 1957, American Mathematical Monthly 64.
    """
    n = len(matches.models)
    if n < 2:
        raise ValueError(f"ratings need two models or more, not {n}")
    win = matches.outcome >= TIED
    loss = matches.outcome <= TIED
    winner = np.concatenate([matches.first[win], matches.second[loss]])
    loser = np.concatenate([matches.second[win], matches.first[loss]])
    beaten = coo_array((np.ones(len(winner)), (winner, loser)), shape=(n, n)).tocsr()
    for kind in ("weak", "strong"):
        n_groups, label = connected_components(beaten, directed=True, connection=kind)
        if n_groups == 1:
            continue
        groups = [matches.models[label == group].tolist() for group in range(n_groups)]
        groups.sort(key=len)
        named = _named(groups[0])
        if kind == "weak":
            reason = f"no match joins {named} to the other models"
        else:
            outside = ~np.isin(matches.models, groups[0])
            inside = ~outside
            ever_won = bool((inside[winner] & outside[loser]).any())
            verb = "lost to" if ever_won else "won against"
            reason = f"{named} never {verb} any of the other models, so the distance is unbounded"
        raise NotConnectedError(
            f"{reason}: {n_groups} groups can be rated only within themselves",
            groups,
            reason=NEVER_MET if kind == "weak" else ONE_SIDED,
        )


def require_bounded_ties(matches: Matches) -> None:
    """Raise NotConnectedError where a model of ties fits ever better as ties grow ever wider.

    So it is where models can be put on levels, such that whoever won stands a level or more above
    the other, and who tied at most one apart: strengths as far apart as ties are wide then make
    losses as unlikely as one likes. There are no such levels where a circle has more wins than
    ties. Whoever stands on the highest level has never lost.

    Args: matches: connected (`require_connected`), with ties and wins.
    """
    is_tie = matches.outcome == TIED
    won = matches.outcome == WON
    winner = np.where(won, matches.first, matches.second)[~is_tie]
    loser = np.where(won, matches.second, matches.first)[~is_tie]
    first, second = matches.first[is_tie], matches.second[is_tie]
    n = len(matches.models)
    most = np.zeros((n, n))  # how far the second may stand above the first; 0: anywhere
    most[first, second] = most[second, first] = 1
    most[winner, loser] = -1
    try:
        levels = bellman_ford(csr_array(most), indices=0)
    except NegativeCycleError:
        return
    highest = matches.models[levels == levels.max()].tolist()
    raise NotConnectedError(
        f"{_named(highest)} never lost, and only ties say that the others come near, so nothing "
        "bounds how wide a tie is",
        [],
        reason=ONE_SIDED,
    )


def _positions(keys: npt.ArrayLike, name: str, n: int) -> IntArray:
    places = encode_column(keys, name)[1]
    if len(places) != n:
        raise ValueError(f"{name} has {len(places)} entries, first has {n}")
    return places


def _columns(covariate: npt.ArrayLike | None, n: int) -> FloatArray:
    if covariate is None:
        return np.zeros((n, 0))
    numbers = as_numbers(covariate, "covariate")
    columns = numbers[:, None] if numbers.ndim == 1 else numbers
    if columns.ndim != 2:
        raise ValueError(f"covariate must have one dimension or two, not {columns.ndim}")
    if len(columns) != n:
        raise ValueError(f"covariate has {len(columns)} entries, first has {n}")
    bad = np.argwhere(~np.isfinite(columns))
    if len(bad):
        row, column = bad[0].tolist()
        raise ValueError(f"covariate[{row}] is {columns[row, column]}, not finite")
    return columns


def _named(models: Sequence[Any]) -> str:
    shown = ", ".join(str(model) for model in models[:5])
    return shown if len(models) <= 5 else f"{shown} and {len(models) - 5} more"
