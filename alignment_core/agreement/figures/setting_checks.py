"""Settings that are numbers: of the right kind and in range, or refused by name and value."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

MOST_RESAMPLES = 1_000_000  # all of them are held at once
_SEEDS = 2**128  # as many as numpy draws its own from
_LONGEST = 10**30  # written out in a refusal


def check_level(level: Any) -> None:
    """Raise ValueError unless the level is a fraction that has an interval: 0 < level < 1."""
    is_number = isinstance(level, float | np.floating)
    if not is_number or not 0 < level < 1 or not 0.5 < (1 + float(level)) / 2 < 1:
        raise ValueError(f"level must lie between 0 and 1, not {_written(level)}")


def check_resampling(*, level: Any, n_resamples: Any, seed: Any = 0) -> None:
    """Raise ValueError unless these make an interval, from 2 to a million resamples."""
    check_level(level)
    check_whole("n_resamples", n_resamples, least=2, most=MOST_RESAMPLES)
    check_seed(seed)


def check_seed(seed: Any) -> None:
    """Raise ValueError unless the seed is a whole number from 0 to 2¹²⁸ - 1."""
    check_whole("seed", seed, least=0, most=_SEEDS - 1)


def check_whole(name: str, value: Any, *, least: int, most: int | None = None) -> None:
    """Raise ValueError unless the value is a whole number in range; True is no number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise ValueError(f"{name} must be a whole number, not {_written(value)}")
    if int(value) < least:
        raise ValueError(f"{name} must be at least {least}, not {_written(value)}")
    if most is not None and int(value) > most:
        raise ValueError(f"{name} must be at most {most}, not {_written(value)}")


def check_positive(name: str, value: Any) -> None:
    """Raise ValueError unless the value is a finite number above 0; True is no number."""
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not is_number or not value > 0:
        raise ValueError(f"{name} must be above 0, not {_written(value)}")
    if value == np.inf:
        raise ValueError(f"{name} must be finite, not {_written(value)}")


def _written(value: Any) -> str:
    if isinstance(value, Integral) and abs(int(value)) > _LONGEST:
        return f"a number of {int(value).bit_length()} bits"
    return str(value) if isinstance(value, Real | np.bool_) else repr(value)
