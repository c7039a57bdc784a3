"""Who is found by gold, and how soon: a simulated month of a crowd.

    python script/benchmarks/quality.py [--people 2000] [--days 20] [--judgements 200]

Each kind of person is right on gold with the rate of `KINDS`. One comparison of `GOLD_EVERY` that
they are given is gold, and they are looked at after each answer, as the app does. Those who are
right as often as the floor are never to be paused: the table says how many are. It ends with
one JSON object; the table in docs/quality.md is its rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alignment_core.floors import is_below

FLOOR, FEWEST, GOLD_EVERY = 0.7, 20, 10
WRONGLY_WARNED, WRONGLY_PAUSED = 0.05, 0.01  # as annotate/quality/look_after.py has them


@dataclass(frozen=True)
class Kind:
    """A kind of person: how often they are right on gold."""

    name: str
    right: float


KINDS = (
    Kind("careful", 0.92),
    Kind("careful, of another culture", 0.78),
    Kind("just good enough", FLOOR),
    Kind("hasty", 0.60),
    Kind("at random, of two", 0.50),
    Kind("always left", 0.50),
    Kind("at random, of four", 0.25),
)


@dataclass(frozen=True)
class Found:
    """Shares of people who were ever warned or paused, and after how many judgements (median)."""

    kind: str
    right: float
    ever_warned: float
    ever_paused: float
    judgements_to_warning: int | None
    judgements_to_pause: int | None


def most_right_below(n_gold: int, alpha: float) -> npt.NDArray[np.int64]:
    """For each number of answers, the most right ones at which somebody is below the floor."""
    most = np.full(n_gold + 1, -1)
    for n in range(FEWEST, n_gold + 1):
        k = most[n - 1]
        while k + 1 <= n and is_below(int(k) + 1, n, floor=FLOOR, alpha=alpha):
            k += 1
        most[n] = k
    return most


def first_below(right: npt.NDArray[np.bool_], most: npt.NDArray[np.int64]) -> list[int]:
    """For each person (n_people, n_gold) who is ever below, the answer at which they first are."""
    below = np.cumsum(right, axis=1) <= most[1:]
    return [int(row.argmax()) + 1 for row in below if row.any()]


def watch(kind: Kind, n_people: int, n_gold: int, rng: np.random.Generator) -> Found:
    right = rng.random((n_people, n_gold)) < kind.right
    warned = first_below(right, most_right_below(n_gold, WRONGLY_WARNED))
    paused = first_below(right, most_right_below(n_gold, WRONGLY_PAUSED))
    return Found(
        kind=kind.name,
        right=kind.right,
        ever_warned=len(warned) / n_people,
        ever_paused=len(paused) / n_people,
        judgements_to_warning=_median(warned, n_people),
        judgements_to_pause=_median(paused, n_people),
    )


def _median(answers: list[int], n_people: int) -> int | None:
    """Over all people of the kind; None where half of them are never found."""
    if 2 * len(answers) <= n_people:
        return None
    return sorted(answers)[n_people // 2] * GOLD_EVERY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=2_000, help="simulated people of each kind")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--judgements", type=int, default=200, help="of one person in a day")
    options = parser.parse_args()
    n_gold = options.days * options.judgements // GOLD_EVERY
    rng = np.random.default_rng(0)
    rows = [watch(kind, options.people, n_gold, rng) for kind in KINDS]
    for row in rows:
        print(
            f"{row.kind:28} right {row.right:.2f}  warned {row.ever_warned:.3f} "
            f"({row.judgements_to_warning})  paused {row.ever_paused:.3f} "
            f"({row.judgements_to_pause})"
        )
    print(json.dumps({"n_gold": n_gold, "floor": FLOOR, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
