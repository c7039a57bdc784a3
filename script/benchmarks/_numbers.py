"""Numbers that a benchmark is told: refused in a sentence where it cannot run on them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def whole(least: int = 1) -> Callable[[str], int]:
    """A whole number from `least` on, as a `type` of argparse."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return number

    return read


def positive(text: str) -> float:
    """Seconds, as a `type` of argparse: above 0 and not endless."""
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def not_negative(text: str) -> float:
    """As `positive`, or 0."""
    number = _number(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return number


def share(text: str) -> float:
    """From 0 to below 1, as a `type` of argparse."""
    number = _number(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to below 1")
    return number


def require_two_steps(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End where all pairs are one step: it only warms up, so that nothing would be measured."""
    if options.pairs <= options.batch:
        parser.error(
            f"--pairs {options.pairs} are one step of --batch {options.batch}, and the first step "
            f"only warms up: more than {options.batch} pairs are needed"
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
