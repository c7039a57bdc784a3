"""How often one of two models is preferred, with an interval that may be looked at any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import betaln, xlog1py, xlogy

from alignment_core.agreement.figures.setting_checks import check_positive, check_whole
from alignment_core.agreement.ratings.e_process import ALPHA, PRIOR

MOST_VOTES = 10**12
HALVINGS = 60  # as far as a float goes


def win_rate_interval(
    n_first: int, n_second: int, *, alpha: float = ALPHA, prior: float = PRIOR
) -> tuple[float, float]:
    """The rates at which the first may win, by the votes so far, however often somebody looks.

    Those against which the stake of `e_process` has not come to 1 / alpha: at a rate p it is

        E(w, l; p) = B(a + w, a + l) / (B(a, a) · p^w · (1 - p)^l),

    so that the interval lies above ½ when the pair is decided for the first by the stake as it is
    now, and leaves out the true rate, at any of its looks, with probability alpha at most.

    Args: n_first and n_second, decisive votes for each; alpha, in (0, 1); prior, as `log_e_value`.
    Returns: low and high, in [0, 1]; all of it before any vote.
    Raises: ValueError if an argument is not as stated.
    Source: Robbins 1970, Annals of Mathematical Statistics 41; Ville 1939.
    """
    check_whole("n_first", n_first, least=0, most=MOST_VOTES)
    check_whole("n_second", n_second, least=0, most=MOST_VOTES)
    check_positive("alpha", alpha)
    if alpha >= 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    check_positive("prior", prior)
    if n_first + n_second == 0:
        return 0.0, 1.0
    staked = betaln(prior + n_first, prior + n_second) - betaln(prior, prior)

    def is_left_out(rate: float) -> bool:
        likelihood = xlogy(n_first, rate) + xlog1py(n_second, -rate)
        return bool(staked - likelihood >= -np.log(alpha))

    middle = n_first / (n_first + n_second)
    low = 0.0 if n_first == 0 else _end(is_left_out, 0.0, middle)
    high = 1.0 if n_second == 0 else _end(is_left_out, 1.0, middle)
    return low, high


def _end(is_left_out: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where rates begin to be left out between one that is and one that is not, by halving."""
    for _halving in range(HALVINGS):
        half = (outside + inside) / 2
        if is_left_out(half):
            outside = half
        else:
            inside = half
    return outside
