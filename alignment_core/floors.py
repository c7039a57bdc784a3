"""Whether somebody is right less often than a floor, said at any time, however often one looks.

Each answer that is right or wrong multiplies a stake by how much likelier it is under "right less
often than the floor, by nobody knows how much" than under "right as often as the floor". For
whoever is right at least as often, on each answer given all before it, the stake is no better than
a fair game's: so that it ever comes to 1 / alpha with probability alpha at most, whenever somebody
looks. Rates below the floor f are staked on alike, so that after x of n right

    E(x, n) = ∫₀ᶠ qˣ (1 − q)ⁿ⁻ˣ dq / f  ÷  fˣ (1 − f)ⁿ⁻ˣ.

Source: Ville 1939; Robbins 1970, Annals of Mathematical Statistics 41; Ramdas, Grünwald, Vovk &
Shafer 2023, Statistical Science 38. Plain arithmetic: whoever serves pages loads no numpy for it.
"""

from math import exp, inf, lgamma, log, log1p

SMALLEST_TERM = 1e-17  # of a sum that is at least 1
STEPS = 60  # of halving an interval of length 1


def log_stake(n_right: int, n: int, *, floor: float) -> float:
    """The logarithm of the stake after `n_right` of `n` answers were right.

    Args: n_right, n: whole numbers, 0 ≤ n_right ≤ n; floor, in (0, 1).
    Raises: ValueError if an argument is not as stated.
    """
    _check(n_right, n)
    if not 0 < floor < 1:
        raise ValueError(f"{floor=} must lie between 0 and 1")
    n_wrong = n - n_right
    log_beta = lgamma(n_right + 1) + lgamma(n_wrong + 1) - lgamma(n + 2)
    log_below = _log_share_below(n_right, n, floor)
    return log_beta + log_below - (n_right + 1) * log(floor) - n_wrong * log1p(-floor)


def is_below(n_right: int, n: int, *, floor: float, alpha: float) -> bool:
    """Whether the stake has come to 1 / alpha: then the upper end lies below the floor."""
    return log_stake(n_right, n, floor=floor) >= -log(_checked(alpha))


def upper_end(n_right: int, n: int, *, alpha: float) -> float:
    """The highest rate that is not ruled out; it holds at all times at once, with 1 − alpha.

    Of no answers, and while all are right, it is 1.
    """
    _check(n_right, n)
    threshold = -log(_checked(alpha))
    if n_right == n:
        return 1.0
    low, high = n_right / n, 1.0
    for _step in range(STEPS):
        middle = (low + high) / 2
        is_out = middle >= 1 or log_stake(n_right, n, floor=middle) >= threshold
        low, high = (low, middle) if is_out else (middle, high)
    return high


def _log_share_below(n_right: int, n: int, floor: float) -> float:
    """log I_f(x + 1, n − x + 1): of n + 1 tries that succeed at the floor, more than x do."""
    tries = n + 1
    if n_right + 1 > (tries + 1) * floor:
        return _log_tail(n_right + 1, tries, floor)
    fewer = _log_tail(tries - n_right, tries, 1 - floor)  # at most x succeed: the rest fail
    return log1p(-exp(fewer)) if fewer < 0 else -inf


def _log_tail(least: int, tries: int, rate: float) -> float:
    """log P(Binomial(tries, rate) ≥ least), summed from its greatest term: least ≥ the mode."""
    odds = rate / (1 - rate)
    term = total = 1.0
    for k in range(least, tries):
        term *= (tries - k) / (k + 1) * odds
        total += term
        if term < SMALLEST_TERM * total:
            break
    log_first = (
        lgamma(tries + 1)
        - lgamma(least + 1)
        - lgamma(tries - least + 1)
        + least * log(rate)
        + (tries - least) * log1p(-rate)
    )
    return min(0.0, log_first + log(total))


def _check(n_right: int, n: int) -> None:
    if not 0 <= n_right <= n:
        raise ValueError(f"{n_right=} of {n=}: of so many answers so many cannot be right")


def _checked(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise ValueError(f"{alpha=} must lie between 0 and 1")
    return alpha
