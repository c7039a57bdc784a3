"""Which of two models is preferred, decided vote by vote: whoever looks may look at any time.

Each decisive vote, one that prefers an answer, multiplies a stake by how much likelier it is under
"one model wins more often, by who knows how much" than under "both win as often". While both win as
often the stake is a fair game's, so that it ever comes to 1 / alpha with probability alpha at most,
however often somebody looks, and whenever they stop. The rates that are staked on are
Beta(a, a)-distributed, so that the stake after w wins and l losses is

    E(w, l) = 2^(w + l) · B(a + w, a + l) / B(a, a).

Source: Ville 1939; Robbins 1970, Annals of Mathematical Statistics 41; Ramdas, Grünwald, Vovk &
Shafer 2023, Statistical Science 38.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaln

from alignment_core.agreement.figures.setting_checks import check_positive, check_whole
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.missing import as_numbers, number_column

ALPHA = 0.05  # of two models that win as often, how many pairs may ever have a winner
PRIOR = 10.0  # a: a rate of .5 ± .11 is staked on; little is lost from .55 to .8
MOST_AHEAD = 5_000  # votes that are looked ahead


@dataclass(frozen=True, kw_only=True)
class PairDecision:
    """Where two models stand.

    n_first, n_second: decisive votes for each. e_value: the stake now; highest: the most it ever
    came to. decided_after: the vote that took it to 1 / alpha, counting from 1, or None. winner:
    0 the first, 1 the second, by the votes up to then; None where undecided. n_more: about how many
    further decisive votes decide, if the first goes on winning as often as it is now thought to;
    None where decided, or where there are more than MOST_AHEAD.
    """

    n_first: int
    n_second: int
    e_value: float
    highest: float
    decided_after: int | None
    winner: int | None
    n_more: int | None


def log_e_value(
    n_first: npt.ArrayLike, n_second: npt.ArrayLike, *, prior: float = PRIOR
) -> FloatArray:
    """The logarithm of the stake after these decisive votes, of the shape of the counts.

    Args: n_first and n_second, votes for each of two; prior, the a of Beta(a, a), above 0.
    Raises: ValueError if a count is negative or the prior is not above 0.
    """
    check_positive("prior", prior)
    won, lost = _counts(n_first, "n_first"), _counts(n_second, "n_second")
    found: FloatArray = (
        (won + lost) * np.log(2.0) + betaln(prior + won, prior + lost) - betaln(prior, prior)
    )
    return found


def decide_pair(
    first_won: npt.ArrayLike, *, alpha: float = ALPHA, prior: float = PRIOR
) -> PairDecision:
    """Follow the decisive votes of a pair in the order in which they came.

    Args: first_won, whether each vote prefers the first, (n,): independent votes, so one of a
        prompt at most. alpha, in (0, 1): how often a winner may be called where there is none.
        prior: as `log_e_value`.
    Raises: ValueError if an argument is not as stated.
    """
    (decision,) = decide_pairs([first_won], alpha=alpha, prior=prior)
    return decision


def decide_pairs(
    votes: Sequence[npt.ArrayLike], *, alpha: float = ALPHA, prior: float = PRIOR
) -> list[PairDecision]:
    """As `decide_pair`, of several pairs, which look ahead together."""
    _check_alpha(alpha)
    paths = [_path(first_won, alpha, prior) for first_won in votes]
    waiting = [i for i, path in enumerate(paths) if path.decided_after is None]
    won = np.array([paths[i].n_first for i in waiting], dtype=np.int64)
    lost = np.array([paths[i].n_second for i in waiting], dtype=np.int64)
    rate = (won + prior) / (won + lost + 2 * prior)
    n_more = dict(
        zip(waiting, votes_needed(won, lost, rate, alpha=alpha, prior=prior), strict=True)
    )
    return [
        PairDecision(
            n_first=path.n_first,
            n_second=path.n_second,
            e_value=path.e_value,
            highest=path.highest,
            decided_after=path.decided_after,
            winner=path.winner,
            n_more=n_more.get(i),
        )
        for i, path in enumerate(paths)
    ]


def decided_after(
    first_won: npt.NDArray[np.bool_], *, alpha: float = ALPHA, prior: float = PRIOR
) -> IntArray:
    """Of many runs (n_runs, n_votes), the vote that decides each; 0 where none does."""
    n = np.arange(1, first_won.shape[1] + 1)
    lead = np.abs(2 * np.cumsum(first_won, axis=1) - n)
    crossed = lead >= least_lead(first_won.shape[1], alpha=alpha, prior=prior)[1:]
    found: IntArray = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, 0)
    return found


def stakes_on_the_way(
    first_won: npt.ArrayLike, *, most: int = 120, prior: float = PRIOR
) -> list[tuple[int, float]]:
    """Pairs of a number of decisive votes and the stake after it, from none to all: a curve.

    Where there are more than `most`, some are left out between others; the first, the last, the
    highest, and the one that decides at ALPHA are always there.

    Raises: ValueError if an argument is not as stated.
    """
    check_whole("most", most, least=4, most=100_000)
    won = np.concatenate([[0], np.cumsum(_decisive(first_won))])
    n = np.arange(len(won))
    logs = log_e_value(won, n - won, prior=prior)
    crossed = np.flatnonzero(logs >= -np.log(ALPHA))[:1]
    even = np.linspace(0, len(n) - 1, min(len(n), most - 2)).round().astype(np.int64)
    shown = np.unique(np.concatenate([even, [int(logs.argmax())], crossed]))
    return [(int(i), _exp(logs[i])) for i in shown]


def votes_needed(
    n_first: npt.ArrayLike,
    n_second: npt.ArrayLike,
    rate: npt.ArrayLike,
    *,
    alpha: float = ALPHA,
    prior: float = PRIOR,
    most: int = MOST_AHEAD,
) -> list[int | None]:
    """Median number of further votes until a pair is decided, if the first wins at that rate.

    Exact: the distribution of the lead is followed vote by vote between the ends where it decides.

    Args: n_first, n_second (n_pairs,), decisive votes so far, which have not decided; rate
        (n_pairs,), in [0, 1]. alpha, prior: as `decide_pair`. most: votes looked ahead.
    Returns: None where half of what may come is undecided after `most` votes.
    Raises: ValueError if an argument is not as stated.
    """
    _check_alpha(alpha)
    check_positive("prior", prior)
    check_whole("most", most, least=1, most=1_000_000)
    won = np.atleast_1d(_counts(n_first, "n_first")).astype(np.int64)
    lost = np.atleast_1d(_counts(n_second, "n_second")).astype(np.int64)
    rates = np.atleast_1d(as_numbers(rate, "rate"))
    if not won.shape == lost.shape == rates.shape or won.ndim != 1:
        raise ValueError(f"rate is of shape {rates.shape}, the counts of {won.shape}, {lost.shape}")
    if not ((rates >= 0) & (rates <= 1)).all():
        raise ValueError(f"rate must lie from 0 to 1, not {rates}")
    found: list[int | None] = [None] * len(won)
    n, lead = won + lost, won - lost
    hopeful = np.flatnonzero(_may_be_decided(won, lost, rates, alpha, prior, most))
    if not len(hopeful):
        return found
    ends = least_lead(int(n[hopeful].max()) + most, alpha=alpha, prior=prior)
    reach = int(ends[1:].max())
    mass = np.zeros((len(hopeful), 2 * reach + 1))
    mass[np.arange(len(hopeful)), reach + lead[hopeful]] = 1
    distance = np.abs(np.arange(-reach, reach + 1))
    for more in range(1, most + 1):
        up = rates[hopeful][:, None]
        moved = np.zeros_like(mass)
        moved[:, 1:] = up * mass[:, :-1]
        moved[:, :-1] += (1 - up) * mass[:, 1:]
        moved[distance >= ends[n[hopeful] + more][:, None]] = 0
        is_decided = moved.sum(axis=1) <= 0.5
        for pair in hopeful[is_decided].tolist():
            found[pair] = more
        hopeful, mass = hopeful[~is_decided], moved[~is_decided]
        if not len(hopeful):
            break
    return found


def least_lead(most: int, *, alpha: float = ALPHA, prior: float = PRIOR) -> IntArray:
    """The least lead that decides after n decisive votes, n from 0 to most; n + 2 where none does.

    A lead has the parity of n: an end of the other parity is met by the lead above it.
    """
    n = np.arange(most + 1)
    low, high = np.zeros_like(n), n + 2
    while (high - low > 1).any():  # the stake grows with the lead
        middle = (low + high) // 2
        at = np.minimum(middle, n)
        enough = log_e_value((n + at) / 2, (n - at) / 2, prior=prior) >= -np.log(alpha)
        enough &= middle <= n
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def stand_among_all(e_values: npt.ArrayLike, *, alpha: float = ALPHA) -> npt.NDArray[np.bool_]:
    """Which of many pairs may be called decided together: e-BH.

    Of those called, a share of alpha at most is false on average, however the pairs depend on one
    another. `e_values` are the stakes at one time, not the highest that they ever came to.

    Raises: ValueError unless the stakes are one row of numbers from 0, and alpha is in (0, 1).
    Source: Wang & Ramdas 2022, Journal of the Royal Statistical Society B 84.
    """
    _check_alpha(alpha)
    stakes = number_column(e_values, "e_values")
    if not (stakes >= 0).all():
        raise ValueError(f"e_values must be numbers from 0, not {stakes}")
    order = np.argsort(-stakes, kind="stable")
    rank = np.arange(1, len(stakes) + 1)
    enough = np.flatnonzero(rank * stakes[order] >= len(stakes) / alpha)
    found = np.zeros(len(stakes), dtype=bool)
    if enough.size:
        found[order[: enough[-1] + 1]] = True
    return found


def _decisive(first_won: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    given = number_column(first_won, "first_won")
    odd = np.flatnonzero((given != 0) & (given != 1))
    if odd.size:
        raise ValueError(f"first_won[{odd[0]}] must be true or false, not {given[odd[0]]}")
    return given.astype(bool)


def _path(first_won: npt.ArrayLike, alpha: float, prior: float) -> PairDecision:
    won = _decisive(first_won)
    n_first = np.cumsum(won)
    n_second = np.arange(1, len(won) + 1) - n_first
    logs = log_e_value(n_first, n_second, prior=prior)
    crossed = np.flatnonzero(logs >= -np.log(alpha))
    after = int(crossed[0]) if crossed.size else None
    return PairDecision(
        n_first=int(won.sum()),
        n_second=int((~won).sum()),
        e_value=_exp(logs[-1]) if len(won) else 1.0,
        highest=max(1.0, _exp(logs.max())) if len(won) else 1.0,
        decided_after=None if after is None else after + 1,
        winner=None if after is None else int(n_first[after] < n_second[after]),
        n_more=None,
    )


def _counts(values: npt.ArrayLike, name: str) -> FloatArray:
    counts = as_numbers(values, name)
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(f"{name} must be counts from 0, not {counts}")
    return counts


def _check_alpha(alpha: float) -> None:
    check_positive("alpha", alpha)
    if alpha >= 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")


def _may_be_decided(
    won: IntArray, lost: IntArray, rate: FloatArray, alpha: float, prior: float, most: int
) -> npt.NDArray[np.bool_]:
    """Whether twice as many votes, shared out at the rate, decide: half are quicker."""
    expected = log_e_value(won + 2 * most * rate, lost + 2 * most * (1 - rate), prior=prior)
    found: npt.NDArray[np.bool_] = expected >= -np.log(alpha)
    return found


def _exp(log: float) -> float:
    return float(np.exp(min(float(log), 700.0)))  # e^700 is as far as a float goes
