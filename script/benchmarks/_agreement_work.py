"""The library's side of the agreement benchmark, in a process of its own: seconds and memory.

    python _agreement_work.py --judgements 1000000 --resamples 1000 [--keep arrays.npz] [--all]

Prints one JSON object: seconds by part, values, peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alignment_core.agreement import JudgementTable, agreement_report, measure_agreement
from alignment_core.agreement.annotators.dawid_skene import fit_dawid_skene
from alignment_core.agreement.annotators.pairwise import fit_pairwise
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.ratings.rating import rate_models

N_ANNOTATORS, N_CATEGORIES, OVERLAP, N_MODELS = 500, 3, 5, 200


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--judgements", type=int, required=True)
    parser.add_argument("--resamples", type=int, required=True)
    parser.add_argument("--keep", type=Path, help="where the arrays go, for other programs")
    parser.add_argument("--all", action="store_true", help="every part, not only those that grow")
    options = parser.parse_args()
    comparison, annotator, category = simulate(options.judgements // OVERLAP)
    matches = simulate_matches(min(options.judgements // OVERLAP, 200_000))
    if options.keep:
        np.savez(options.keep, judgements=[comparison, annotator, category], matches=matches)
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        outcome = work()
        seconds[name] = time.perf_counter() - started
        return outcome

    table = timed("table", lambda: JudgementTable.from_arrays(comparison, annotator, category))
    figures = timed("figures", lambda: measure_agreement(table, n_resamples=options.resamples))
    model = timed("dawid_skene", lambda: fit_dawid_skene(table))
    outcome = {
        "values": {name: figure.value for name, figure in figures.items()},
        "dawid_skene": {
            "iterations": len(model.objective),
            "converged": model.has_converged,
            "log_likelihood": model.log_likelihood,
        },
    }
    if options.all:
        text = as_text(comparison=comparison, annotator=annotator, verdict=category)
        timed("table_of_text", lambda: JudgementTable.from_arrays(*text))
        timed("values_only", lambda: measure_agreement(table, n_resamples=2))
        ratings = timed("bradley_terry", lambda: rate_models(Matches.from_arrays(*matches)))
        plain = Matches.from_arrays(*matches)
        halves = timed("bradley_terry_halves", lambda: rate_models(plain, ties="bradley_terry"))
        outcome["strength"] = halves.strength.tolist()
        outcome["tie_width"] = ratings.tie
        timed("conger", lambda: measure_conger(table))
        timed("pairwise", lambda: fit_pairwise(table, first="0", second="1", tie="2"))
        prompts = comparison // 2  # two comparisons of each prompt
        by_prompt = JudgementTable.from_arrays(comparison, annotator, category, prompt=prompts)
        by_prompts = {"n_resamples": options.resamples}
        timed("figures_by_prompt", lambda: measure_agreement(by_prompt, **by_prompts))
        timed("report", lambda: agreement_report(table, n_resamples=options.resamples))
    outcome |= {"seconds": seconds, "peak_rss_mib": peak_mib()}
    print(json.dumps(outcome))


def simulate(n_comparisons: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Judgements in random order: five annotators a comparison, from poor ones to good ones."""
    rng = np.random.default_rng(0)
    spread = np.array([0, 1, 7, 33, 111])  # distinct annotators
    annotator = (rng.integers(0, N_ANNOTATORS, (n_comparisons, 1)) + spread) % N_ANNOTATORS
    skill = rng.uniform(0.3, 0.95, N_ANNOTATORS)
    hidden = rng.integers(0, N_CATEGORIES, (n_comparisons, 1))
    noise = rng.integers(0, N_CATEGORIES, annotator.shape)
    category = np.where(rng.random(annotator.shape) < skill[annotator], hidden, noise)
    comparison = np.repeat(np.arange(n_comparisons), OVERLAP)
    order = rng.permutation(comparison.size)
    return comparison[order], annotator.ravel()[order], category.ravel()[order]


def as_text(**columns: np.ndarray) -> list[list[str]]:
    return [[f"{name}-{key}" for key in keys.tolist()] for name, keys in columns.items()]


def simulate_matches(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two models, and the score of the first, ties among them."""
    rng = np.random.default_rng(1)
    strength = rng.normal(scale=0.7, size=N_MODELS)
    first = rng.integers(0, N_MODELS, n)
    second = (first + rng.integers(1, N_MODELS, n)) % N_MODELS
    wins = rng.random(n) < 1 / (1 + np.exp(strength[second] - strength[first]))
    return first, second, np.where(rng.random(n) < 0.15, 0.5, wins)


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
