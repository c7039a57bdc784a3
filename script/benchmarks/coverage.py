"""How often 95 % intervals of the agreement library hold the true value, by simulation.

    python script/benchmarks/coverage.py [--replications 2000] [--resamples 1000]

Annotators report a hidden verdict, or with the given probability any verdict at random; they are
the same in every replication, and comparisons are drawn afresh. The true value of a coefficient is
that of a table of four million comparisons. 93 to 97 % is required at 200 comparisons or more with
moderate prevalence; elsewhere the table says what is reached. Ends with one JSON object; the table
in docs/statistics/intervals.md is its rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, fit_dawid_skene
from alignment_core.agreement.annotators.reliability import measure_reliability
from alignment_core.agreement.biases.length_haste_drift import measure_drift
from alignment_core.agreement.coefficients.coefficients import HEADLINE, brennan_prediger
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.weighted import measure_alpha
from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.ratings.rating import rate_models

N_TRUE = 4_000_000
REQUIRED = 0.93, 0.97
# comparisons, annotators, shares of the hidden verdicts, error, comparisons of a prompt
TABLES: tuple[tuple[int, int, tuple[float, ...], float, int], ...] = (
    (200, 3, (0.5, 0.4, 0.1), 0.2, 1),
    (200, 2, (0.5, 0.5), 0.5, 1),
    (400, 3, (0.5, 0.4, 0.1), 0.4, 2),
    (1000, 5, (0.5, 0.4, 0.1), 0.4, 1),
    (30, 3, (0.5, 0.4, 0.1), 0.2, 1),
    (30, 2, (0.5, 0.5), 0.3, 1),
    (200, 3, (0.95, 0.05), 0.2, 1),
    (30, 3, (0.95, 0.05), 0.2, 1),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of the intervals, by simulation.")
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=1000)
    options = parser.parse_args()
    rows = []
    for setting in TABLES:
        row = of_table(setting, options.replications, options.resamples)
        print(json.dumps(row), file=sys.stderr)
        rows.append(row)
    others = [of_annotators(options.replications), of_ratings(options.replications)]
    others.append(of_drift(options.replications))
    outcome = {"bench": "coverage", "replications": options.replications, "tables": rows}
    required = [
        share
        for row in rows
        if row["comparisons"] >= 200 and max(row["shares"]) <= 0.5
        for share in row["coverage"].values()
    ]
    outcome |= {"others": others, "required": REQUIRED, "worst": [min(required), max(required)]}
    print(json.dumps(outcome))


def of_table(
    setting: tuple[int, int, tuple[float, ...], float, int], replications: int, resamples: int
) -> dict[str, Any]:
    n, annotators, shares, error, per_prompt = setting
    rng = np.random.default_rng(1)
    truth = values(simulate(rng, N_TRUE // annotators, annotators, shares, error, 1), 2, seed=0)
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for replication in range(replications):
        table = simulate(rng, n, annotators, shares, error, per_prompt)
        for name, (_value, low, high) in values(table, resamples, seed=replication).items():
            if low is not None:
                held[name].append(low <= truth[name][0] <= high)
    return {
        "comparisons": n,
        "annotators": annotators,
        "shares": shares,
        "error": error,
        "comparisons_of_a_prompt": per_prompt,
        "coverage": {name: round(float(np.mean(found)), 3) for name, found in held.items()},
        "without_interval": {
            name: replications - len(found)
            for name, found in held.items()
            if len(found) < replications
        },
    }


def values(
    table: JudgementTable, resamples: int, *, seed: int
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Value, low and high by figure. One seed for all tables would give them all its own luck."""
    settings = {"n_resamples": resamples, "seed": seed}
    found = measure_agreement(table, [*HEADLINE, brennan_prediger], **settings)
    if len(table.categories) > 2:
        found["alpha_ordinal"] = measure_alpha(table, "ordinal", **settings)
    found["conger_kappa"] = measure_conger(table)
    return {name: (figure.value, figure.low, figure.high) for name, figure in found.items()}


def simulate(
    rng: np.random.Generator,
    n: int,
    annotators: int,
    shares: tuple[float, ...],
    error: float,
    per_prompt: int,
) -> JudgementTable:
    """Comparisons of one prompt share its hidden verdict."""
    hidden = np.repeat(rng.choice(len(shares), size=-(-n // per_prompt), p=shares), per_prompt)[:n]
    verdict = np.repeat(hidden, annotators)
    is_error = rng.random(verdict.size) < error
    verdict = np.where(is_error, rng.integers(0, len(shares), verdict.size), verdict)
    comparison = np.repeat(np.arange(n), annotators)
    return JudgementTable.from_arrays(
        comparison,
        np.tile(np.arange(annotators), n),
        verdict,
        categories=range(len(shares)),
        prompt=comparison // per_prompt,
    )


def of_annotators(replications: int) -> dict[str, Any]:
    """Accuracy of fifteen annotators, five of them on each of 300 comparisons."""
    rng = np.random.default_rng(2)
    accuracy = np.linspace(0.5, 0.95, 15)
    held = []
    for _ in range(replications):
        truth = rng.integers(0, 2, 300)
        annotator = rng.permuted(np.tile(np.arange(15), (300, 1)), axis=1)[:, :5].ravel()
        comparison = np.repeat(np.arange(300), 5)
        is_right = rng.random(1500) < accuracy[annotator]
        verdict = np.where(is_right, truth[comparison], 1 - truth[comparison])
        table = JudgementTable.from_arrays(comparison, annotator, verdict)
        model = fit_dawid_skene(table, prior=ConfusionPrior())
        figures = [entry.accuracy for entry in measure_reliability(table, model)]
        held += [f.low <= p <= f.high for f, p in zip(figures, accuracy, strict=True)]
    return {"figure": "reliability", "coverage": round(float(np.mean(held)), 3)}


def of_ratings(replications: int) -> dict[str, Any]:
    """Strengths of eight models after 600 judgements, four of each prompt, ties among them."""
    rng = np.random.default_rng(3)
    strength = np.linspace(-1, 1, 8)
    held = []
    for _ in range(replications):
        first = np.repeat(rng.integers(0, 8, 150), 4)
        second = (first + np.repeat(rng.integers(1, 8, 150), 4)) % 8
        x = strength[first] - strength[second]
        p_first, p_second = (1 / (1 + np.exp(0.4 + sign * x)) for sign in (-1, 1))
        drawn = rng.random(600)
        score = np.where(drawn < p_first, 1, np.where(drawn < p_first + p_second, 0, 0.5))
        ratings = rate_models(
            Matches.from_arrays(first, second, score, prompt=np.repeat(np.arange(150), 4))
        )
        held += ((ratings.low <= strength) & (strength <= ratings.high)).tolist()
    return {"figure": "rao_kupper_strength", "coverage": round(float(np.mean(held)), 3)}


def of_drift(replications: int) -> dict[str, Any]:
    """Change of agreement of three annotators on 200 comparisons; none in truth."""
    rng = np.random.default_rng(4)
    held = []
    for _ in range(replications):
        hidden = np.repeat(rng.integers(0, 2, 200), 3)
        verdict = np.where(rng.random(600) < 0.2, 1 - hidden, hidden)
        comparison = np.repeat(np.arange(200), 3)
        time = comparison + rng.random(600)
        table = JudgementTable.from_arrays(comparison, np.tile([0, 1, 2], 200), verdict, time=time)
        figure = measure_drift(table).everybody
        held.append(figure.low <= 0 <= figure.high)
    return {"figure": "drift", "coverage": round(float(np.mean(held)), 3)}


if __name__ == "__main__":
    main()
