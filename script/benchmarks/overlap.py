"""What adaptive overlap saves at equal accuracy, in a simulated crowd of 200.

    python script/benchmarks/overlap.py [--comparisons 20000] [--seed 0]

The crowd is mostly careful; some are hasty, some answer at random, some always choose the left
answer, two answer alike whatever is asked, and a fifth of the careful ones are of a culture that
rightly prefers the other answer on some comparisons. What is right of a comparison is what most of
this crowd would say. A comparison is judged by people drawn at random, each once, until the rule of
the app (`annotate/comparisons/adaptive_overlap.py`) closes it, or so often as a fixed overlap says.

`equal` says which fixed overlap, between whole ones by a straight line, is right as often, and
`saved` the share of its judgements that are not needed. It ends with one JSON object; the table in
docs/quality.md is its rows.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from script.benchmarks._fresh import set_up_django

set_up_django(has_tables=True)

from annotate.comparisons.adaptive_overlap import is_sure  # noqa: E402
from annotate.comparisons.resolution_rule import winner_of  # noqa: E402
from annotate.models import Project, Protocol, Verdict  # noqa: E402

PEOPLE = (  # how many are of each kind, and how often they say what they hold
    ("careful", 112, 0.9),
    ("careful, of another culture", 28, 0.9),
    ("hasty", 38, 0.6),
    ("at random", 10, 0.0),
    ("always left", 10, 0.0),
    ("colluding", 2, 0.0),
)
CONTROVERSIAL = 0.15  # of comparisons, on which the two cultures hold the opposite
TIES, HARD = 0.1, 0.25  # of comparisons; on hard ones everybody errs half as often again and more
MOST = 9
ADAPTIVE = (
    (0.75, 2, 5),
    (0.85, 2, 5),
    (0.9, 2, 5),
    (0.75, 2, 7),
    (0.85, 2, 7),
    (0.9, 2, 7),
    (0.9, 2, 9),
)
OFFERED = (Verdict.FIRST, Verdict.SECOND, Verdict.TIE)


@dataclass(frozen=True)
class Policy:
    """closes_at 0 is a fixed overlap of `most`."""

    closes_at: float
    fewest: int
    most: int


@dataclass(frozen=True)
class Found:
    closes_at: float
    fewest: int
    most: int
    judgements: float  # of a comparison
    right: float  # outcomes that are what most would say; no outcome is none
    equal: float | None = None  # the fixed overlap that is right as often
    saved: float | None = None


def votes_on_one(draw: random.Random) -> tuple[Verdict, list[Verdict]]:
    """What most would say of a comparison, and what people drawn at random say, in order."""
    held = Verdict.TIE if draw.random() < TIES else draw.choice(OFFERED[:2])
    other = {Verdict.FIRST: Verdict.SECOND, Verdict.SECOND: Verdict.FIRST}
    is_controversial = draw.random() < CONTROVERSIAL
    ease = 0.6 if draw.random() < HARD else 1.0
    kinds = [(kind, sure) for kind, n, sure in PEOPLE for _person in range(n)]
    said = []
    for kind, sure in draw.sample(kinds, MOST):
        holds = other.get(held, held) if "culture" in kind and is_controversial else held
        if kind == "colluding":
            said.append(Verdict.FIRST)
        elif draw.random() < sure * ease:
            said.append(holds)
        else:  # the sides lie by lot, so whoever always takes the left answers at random, too
            said.append(draw.choice(OFFERED[:2] if kind == "always left" else OFFERED))
    return held, said


def judged(policy: Policy, said: Sequence[Verdict], project: Project) -> tuple[int, Verdict | None]:
    """How many judgements a comparison gets, and what they come to."""
    counts = dict.fromkeys(Verdict, 0)
    for n, verdict in enumerate(said[: policy.most], start=1):
        counts[verdict] += 1
        if policy.closes_at and n < policy.most and is_sure(counts, project):
            return n, winner_of(counts, project)
    return policy.most, winner_of(counts, project)


def project_of(policy: Policy) -> Project:
    return Project(
        protocol=Protocol(declaration={"verdicts": [verdict.value for verdict in OFFERED]}),
        closes_at=policy.closes_at,
        fewest_judgements=policy.fewest,
        overlap=policy.most,
    )


def measure(policy: Policy, crowd: Sequence[tuple[Verdict, list[Verdict]]]) -> Found:
    project = project_of(policy)
    n_judgements = n_right = 0
    for held, said in crowd:
        n, outcome = judged(policy, said, project)
        n_judgements += n
        n_right += outcome == held
    return Found(**asdict(policy), judgements=n_judgements / len(crowd), right=n_right / len(crowd))


def beside_fixed(found: Found, fixed: Sequence[Found]) -> Found:
    """With the fixed overlap that is right as often, where there is one."""
    for fewer, more in pairwise(fixed):
        if fewer.right <= found.right <= more.right and fewer.right < more.right:
            part = (found.right - fewer.right) / (more.right - fewer.right)
            equal = fewer.judgements + part * (more.judgements - fewer.judgements)
            values = asdict(found) | {"equal": equal, "saved": 1 - found.judgements / equal}
            return Found(**values)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    crowd = [votes_on_one(draw) for _comparison in range(options.comparisons)]
    fixed = [measure(Policy(0.0, 2, n), crowd) for n in range(1, MOST + 1, 2)]
    adaptive = [beside_fixed(measure(Policy(*each), crowd), fixed) for each in ADAPTIVE]
    settings = {"comparisons": options.comparisons, "seed": options.seed}
    print(
        json.dumps(
            {
                "bench": "overlap",
                **settings,
                "runs": [
                    {
                        name: value if value is None else round(value, 4)
                        for name, value in asdict(one).items()
                    }
                    for one in (*fixed, *adaptive)
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
