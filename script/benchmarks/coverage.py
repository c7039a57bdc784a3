"""How often 95 % intervals of the agreement library hold the true value, by simulation.

    python script/benchmarks/coverage.py [--replications 2000] [--resamples 1000] [--part tables]
        [--rows 0:8]

Annotators report a hidden verdict, or with the given probability any verdict at random; they are
the same in every replication, and comparisons are drawn afresh. The true value of a coefficient is
that of a table of two million judgements. 93 to 97 % is required at 200 comparisons or more with
moderate prevalence; elsewhere the table says what is reached. Ends with one JSON object; the tables
in docs/statistics/intervals.md are its rows. A share of n replications is known to
sqrt(0.05 * 0.95 / n) (one standard error): a point with 500, half a point with 2,000.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from _numbers import whole

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, fit_dawid_skene
from alignment_core.agreement.annotators.reliability import measure_reliability
from alignment_core.agreement.biases.length_haste_drift import measure_drift
from alignment_core.agreement.biases.position import measure_position
from alignment_core.agreement.coefficients.coefficients import HEADLINE, brennan_prediger
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.weighted import measure_alpha
from alignment_core.agreement.ratings.matches import Matches, NotConnectedError
from alignment_core.agreement.ratings.rating import rate_models
from alignment_core.agreement.tables.columns import IntArray

N_TRUE = 2_000_000
REQUIRED = 0.93, 0.97
MOST_JUDGES = 10
PARTS = ("tables", "reliability", "sides", "own_sides", "ratings", "drift")


@dataclass(frozen=True)
class Design:
    """How a table is drawn; ranges are both included, and drawn evenly for each one."""

    n_prompts: int
    judges: tuple[int, int]  # of a comparison
    shares: tuple[float, ...]  # of the hidden verdicts
    error: float
    comparisons: tuple[int, int] = (1, 1)  # of a prompt, which share its hidden verdict


THREE = (0.5, 0.4, 0.1)
TABLES = (
    Design(200, (3, 3), THREE, 0.2),
    Design(200, (2, 2), (0.5, 0.5), 0.5),
    Design(200, (3, 3), THREE, 0.4, (2, 2)),
    Design(1000, (5, 5), THREE, 0.4),
    Design(200, (1, 10), THREE, 0.2),
    Design(30, (3, 3), THREE, 0.2),
    Design(30, (2, 2), (0.5, 0.5), 0.3),
    Design(30, (1, 10), THREE, 0.2),
    Design(30, (3, 3), THREE, 0.4, (1, 10)),
    Design(12, (3, 3), THREE, 0.4, (5, 5)),
    Design(12, (3, 3), THREE, 0.4, (1, 20)),
    Design(12, (5, 5), (0.5, 0.5), 0.4),
    Design(12, (1, 10), THREE, 0.2),
    Design(20, (1, 10), THREE, 0.2),
    Design(20, (3, 3), THREE, 0.4, (1, 20)),
    Design(8, (3, 3), THREE, 0.4, (5, 5)),
    Design(8, (3, 3), THREE, 0.4, (1, 20)),
    Design(8, (5, 5), (0.5, 0.5), 0.4),
    Design(8, (1, 10), THREE, 0.2),
    Design(6, (3, 3), THREE, 0.4, (5, 5)),
    Design(6, (3, 3), THREE, 0.4, (1, 20)),
    Design(6, (5, 5), (0.5, 0.5), 0.4),
    Design(6, (1, 10), THREE, 0.2),
    Design(200, (3, 3), (0.95, 0.05), 0.2),
    Design(30, (3, 3), (0.95, 0.05), 0.2),
    Design(12, (3, 3), (0.95, 0.05), 0.2),
    Design(20, (3, 3), (0.8, 0.2), 0.3, (1, 20)),
    Design(8, (3, 3), (0.9, 0.1), 0.2, (5, 5)),
)
# people, comparisons, people on each, accuracy of all of them, shares of the true verdicts
CROWDS: tuple[tuple[int, int, int, tuple[float, ...], tuple[float, ...]], ...] = (
    *((3, 200, 3, (p,), (0.5, 0.5)) for p in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999)),
    (2, 200, 2, (0.9,), (0.5, 0.5)),
    (5, 200, 5, (0.6,), (0.5, 0.5)),
    (8, 200, 8, (0.9,), (0.5, 0.5)),
    (3, 200, 3, (0.6, 0.8, 0.95), (0.5, 0.5)),
    (3, 200, 3, (0.85,), (0.45, 0.45, 0.1)),
    (3, 200, 3, (0.95,), (0.9, 0.1)),
    (3, 30, 3, (0.9,), (0.5, 0.5)),
    (15, 300, 5, tuple(np.linspace(0.5, 0.999, 15).tolist()), (0.5, 0.5)),
)
# comparisons, least and most judgements of each, share of left on one half of them and the other
SIDES = (
    (40, (10, 10), 0.5, 0.9),
    (40, (10, 10), 0.5, 0.5),
    (40, (1, 10), 0.5, 0.9),
    (12, (10, 10), 0.5, 0.9),
    (12, (1, 10), 0.5, 0.9),
    (12, (10, 10), 0.9, 1.0),
    (200, (3, 3), 0.5, 0.9),
)
# prompts, comparisons of each, share of left of one annotator on one half of them and the other
OWN_SIDES = (
    (12, 10, 0.5, 0.95),
    (40, 10, 0.5, 0.95),
    (40, 3, 0.5, 0.9),
    (40, 10, 0.5, 0.5),
    (12, 10, 0.9, 1.0),
    (8, 10, 0.5, 0.95),
    (6, 10, 0.5, 0.95),
)
# models, prompts, judgements of each prompt, which compare the same two of them
RATINGS = ((8, 150, 4), (8, 30, 20), (3, 30, 4), (3, 12, 10), (3, 8, 10), (2, 6, 10))
DRIFTS = (200, 30, 12, 6)  # comparisons, each of a prompt of its own


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of the intervals, by simulation.")
    parser.add_argument("--replications", type=whole(), default=2000)
    parser.add_argument("--resamples", type=whole(2), default=1000)
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all of them")
    parser.add_argument("--rows", type=rows_of, default=slice(None), help="of each part, as 0:8")
    options = parser.parse_args()
    n, n_resamples = options.replications, options.resamples
    measured: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "tables": lambda: [seen(of_table(each, n, n_resamples)) for each in TABLES[options.rows]],
        "reliability": lambda: [
            seen(of_crowd(crowd, max(20, n // 5))) for crowd in CROWDS[options.rows]
        ],
        "sides": lambda: [seen(of_sides(setting, n)) for setting in SIDES[options.rows]],
        "own_sides": lambda: [seen(of_own_sides(each, n)) for each in OWN_SIDES[options.rows]],
        "ratings": lambda: [seen(of_ratings(each, n)) for each in RATINGS[options.rows]],
        "drift": lambda: [seen(of_drift(each, n)) for each in DRIFTS[options.rows]],
    }
    found = {part: measured[part]() for part in PARTS if part in (options.part or PARTS)}
    required = [
        share
        for row in found.get("tables", [])
        if row["n_prompts"] >= 200 and max(row["shares"]) <= 0.5
        for share in row["coverage"].values()
        if share is not None
    ]
    outcome = {
        "bench": "coverage",
        "replications": n,
        **found,
        "required": REQUIRED,
        "worst": [min(required), max(required)] if required else None,
    }
    print(json.dumps(outcome))


def rows_of(text: str) -> slice:
    first, _, last = text.partition(":")
    return slice(int(first or 0), int(last) if last else None)


def seen(row: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def of_table(design: Design, replications: int, resamples: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    means = [(low + high) / 2 for low, high in (design.judges, design.comparisons)]
    large = replace(design, n_prompts=round(N_TRUE / means[0] / means[1]))
    truth = values(simulate(rng, large), 2, seed=0)
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for replication in range(replications):
        table = simulate(rng, design)
        for name, (_value, low, high) in values(table, resamples, seed=replication).items():
            if low is not None and high is not None:
                held[name].append(low <= truth[name][0] <= high)
    return {
        **asdict(design),
        "coverage": {name: share_of(found) for name, found in held.items()},
        "without_interval": {
            name: replications - len(found)
            for name, found in held.items()
            if len(found) < replications
        },
    }


def share_of(held: list[bool]) -> float | None:
    """None where no table had an interval."""
    return round(float(np.mean(held)), 3) if held else None


def values(
    table: JudgementTable, resamples: int, *, seed: int
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Value, low and high by figure. One seed for all tables would give them all its own luck."""
    settings = {"n_resamples": resamples, "seed": seed}
    found = measure_agreement(table, [*HEADLINE, brennan_prediger], **settings)
    if len(table.categories) > 2:
        found["alpha_ordinal"] = measure_alpha(table, "ordinal", **settings)
    found["conger_kappa"] = measure_conger(table, **settings)
    return {name: (figure.value, figure.low, figure.high) for name, figure in found.items()}


def simulate(rng: np.random.Generator, design: Design) -> JudgementTable:
    n_of_prompt = rng.integers(design.comparisons[0], design.comparisons[1] + 1, design.n_prompts)
    prompt = np.repeat(np.arange(design.n_prompts), n_of_prompt)
    hidden = rng.choice(len(design.shares), size=design.n_prompts, p=design.shares)[prompt]
    comparison, annotator = judges(rng, len(prompt), design.judges)
    verdict = hidden[comparison]
    is_error = rng.random(verdict.size) < design.error
    verdict = np.where(is_error, rng.integers(0, len(design.shares), verdict.size), verdict)
    return JudgementTable.from_arrays(
        comparison,
        annotator,
        verdict,
        categories=range(len(design.shares)),
        prompt=prompt[comparison],
    )


def judges(
    rng: np.random.Generator, n: int, least_and_most: tuple[int, int]
) -> tuple[IntArray, IntArray]:
    """Comparison and annotator of each judgement; who judges is drawn where not everybody does."""
    least, most = least_and_most
    number = rng.integers(least, most + 1, n)
    comparison = np.repeat(np.arange(n), number)
    place = np.arange(len(comparison)) - np.repeat(np.cumsum(number) - number, number)
    first = 0 if least == most else rng.integers(0, MOST_JUDGES, n)[comparison]
    return comparison, (place + first) % (most if least == most else MOST_JUDGES)


def of_crowd(
    crowd: tuple[int, int, int, tuple[float, ...], tuple[float, ...]], replications: int
) -> dict[str, Any]:
    """Accuracy of each annotator; wrong verdicts are drawn evenly."""
    people, n, n_votes, accuracies, shares = crowd
    rng = np.random.default_rng(2)
    accuracy, q = np.resize(accuracies, people), len(shares)
    held, widths, unproven = [], [], []
    for replication in range(replications):
        truth = rng.choice(q, n, p=shares)[:, None]
        annotator = rng.permuted(np.tile(np.arange(people), (n, 1)), axis=1)[:, :n_votes]
        wrong = (truth + rng.integers(1, q, annotator.shape)) % q
        verdict = np.where(rng.random(annotator.shape) < accuracy[annotator], truth, wrong)
        table = JudgementTable.from_arrays(
            np.repeat(np.arange(n), n_votes), annotator.ravel(), verdict.ravel()
        )
        model = fit_dawid_skene(table, prior=ConfusionPrior())
        for entry, p in zip(
            measure_reliability(table, model, seed=replication), accuracy, strict=True
        ):
            low, high = entry.accuracy.low or 0.0, entry.accuracy.high or 0.0
            held.append(low <= p <= high)
            widths.append(high - low)
            unproven.append(low <= entry.chance <= high)
    return {
        "people": people,
        "comparisons": n,
        "people_on_each": n_votes,
        "accuracies": accuracies,
        "shares": shares,
        "tables": replications,
        "coverage": share_of(held),
        "width": round(float(np.mean(widths)), 3),
        "not_told_apart": round(float(np.mean(unproven)), 3),
    }


def of_sides(
    setting: tuple[int, tuple[int, int], float, float], replications: int
) -> dict[str, Any]:
    """Share of left choices, with a lean on some comparisons, which are drawn afresh."""
    n, least_and_most, even, leaning = setting
    rng = np.random.default_rng(5)
    held = []
    for _ in range(replications):
        comparison, annotator = judges(rng, n, least_and_most)
        share = np.where(rng.random(n) < 0.5, even, leaning)[comparison]
        table = JudgementTable.from_arrays(
            comparison,
            annotator,
            np.zeros(len(comparison), dtype=int),
            left_chosen=rng.random(len(comparison)) < share,
        )
        figure = measure_position(table).everybody
        if figure.low is not None and figure.high is not None:
            held.append(figure.low <= (even + leaning) / 2 <= figure.high)
    return {
        "comparisons": n,
        "judges": least_and_most,
        "left": [even, leaning],
        "coverage": share_of(held),
    }


def of_own_sides(setting: tuple[int, int, float, float], replications: int) -> dict[str, Any]:
    """One annotator's share of left, with a lean on some prompts, which are drawn afresh."""
    n_prompts, n_of_each, even, leaning = setting
    rng = np.random.default_rng(6)
    held = []
    for _ in range(replications):
        prompt = np.repeat(np.arange(n_prompts), n_of_each)
        share = np.where(rng.random(n_prompts) < 0.5, even, leaning)[prompt]
        table = JudgementTable.from_arrays(
            np.arange(len(prompt)),
            np.zeros(len(prompt), dtype=int),
            np.zeros(len(prompt), dtype=int),
            left_chosen=rng.random(len(prompt)) < share,
            prompt=prompt,
        )
        ((_key, figure),) = measure_position(table).annotators
        if figure.low is not None and figure.high is not None:
            held.append(figure.low <= (even + leaning) / 2 <= figure.high)
    return {
        "prompts": n_prompts,
        "comparisons_of_each": n_of_each,
        "left": [even, leaning],
        "coverage": share_of(held),
    }


def of_ratings(design: tuple[int, int, int], replications: int) -> dict[str, Any]:
    """Strengths of models evenly apart, ties among what is judged; each prompt has two of them."""
    n_models, n_prompts, n_of_each = design
    rng = np.random.default_rng(3)
    strength = np.linspace(-1, 1, n_models)
    held: list[bool] = []
    n_without = 0
    for _ in range(replications):
        first = np.repeat(rng.integers(0, n_models, n_prompts), n_of_each)
        second = np.repeat(rng.integers(1, n_models, n_prompts), n_of_each)
        second = (first + second) % n_models
        x = strength[first] - strength[second]
        p_first, p_second = (1 / (1 + np.exp(0.4 + sign * x)) for sign in (-1, 1))
        drawn = rng.random(len(first))
        score = np.where(drawn < p_first, 1, np.where(drawn < p_first + p_second, 0, 0.5))
        prompt = np.repeat(np.arange(n_prompts), n_of_each)
        try:
            ratings = rate_models(Matches.from_arrays(first, second, score, prompt=prompt))
        except (NotConnectedError, ArithmeticError):
            n_without += 1
            continue
        if ratings.interval_undefined is not None or len(ratings.models) < n_models:
            n_without += 1
            continue
        held += ((ratings.low <= strength) & (strength <= ratings.high)).tolist()
    return {
        "models": n_models,
        "prompts": n_prompts,
        "judgements_of_each": n_of_each,
        "coverage": share_of(held),
        "without_interval": n_without,
    }


def of_drift(n: int, replications: int) -> dict[str, Any]:
    """Change of agreement of three annotators on n comparisons; none in truth."""
    rng = np.random.default_rng(4)
    held = []
    for _ in range(replications):
        hidden = np.repeat(rng.integers(0, 2, n), 3)
        verdict = np.where(rng.random(3 * n) < 0.2, 1 - hidden, hidden)
        comparison = np.repeat(np.arange(n), 3)
        time = comparison + rng.random(3 * n)
        table = JudgementTable.from_arrays(comparison, np.tile([0, 1, 2], n), verdict, time=time)
        figure = measure_drift(table).everybody
        if figure.low is not None and figure.high is not None:
            held.append(figure.low <= 0 <= figure.high)
    return {
        "comparisons": n,
        "coverage": share_of(held),
        "without_interval": replications - len(held),
    }


if __name__ == "__main__":
    main()
