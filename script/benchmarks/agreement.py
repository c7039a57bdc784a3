"""Agreement of a million judgements, beside straightforward ways to compute the same.

    python script/benchmarks/agreement.py [--judgements 1000000] [--resamples 1000] [--repeats 3]

`headline_seconds` runs from three arrays (comparison, annotator, category) to the five headline
figures with bootstrap intervals. The two references give the same five values, checked here:
- per row: Python loops over the judgements, as small packages do it; one resample costs as much
  as the values themselves.
- counts: numpy on the comparison × category counts, again for each resample.
A whole bootstrap of theirs is extrapolated from the few resamples named in the result.
Ours and theirs alternate; each second is the median of the repeats. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    measure_agreement,
)

N_ANNOTATORS, N_CATEGORIES, OVERLAP = 500, 3, 5
PER_ROW_RESAMPLES, COUNTS_RESAMPLES = 1, 10


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the agreement figures.")
    parser.add_argument("--judgements", type=int, default=1_000_000)
    parser.add_argument("--resamples", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    arrays = simulate(options.judgements // OVERLAP)
    seconds: dict[str, list[float]] = defaultdict(list)
    before = cpu_times()
    for repeat in range(options.repeats):
        print(f"repeat {repeat + 1} of {options.repeats}", file=sys.stderr)
        measure(arrays, options.resamples, seconds)
    print(json.dumps(result(options, seconds, share_of_others(before, cpu_times()))))


def simulate(n_comparisons: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Judgements in random order: five annotators a comparison, right three times in four."""
    rng = np.random.default_rng(0)
    spread = np.array([0, 1, 7, 33, 111])  # distinct annotators
    annotator = (rng.integers(0, N_ANNOTATORS, (n_comparisons, 1)) + spread) % N_ANNOTATORS
    hidden = rng.integers(0, N_CATEGORIES, (n_comparisons, 1))
    noise = rng.integers(0, N_CATEGORIES, annotator.shape)
    category = np.where(rng.random(annotator.shape) < 0.75, hidden, noise)
    comparison = np.repeat(np.arange(n_comparisons), OVERLAP)
    order = rng.permutation(comparison.size)
    return comparison[order], annotator.ravel()[order], category.ravel()[order]


def measure(
    arrays: tuple[np.ndarray, ...], n_resamples: int, seconds: dict[str, list[float]]
) -> None:
    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        outcome = work()
        seconds[name].append(time.perf_counter() - started)
        return outcome

    table = timed("table", lambda: JudgementTable.from_arrays(*arrays))
    figures = timed("figures", lambda: measure_agreement(table, n_resamples=n_resamples))
    ours = [figure.value for figure in figures.values()]
    groups = timed("per_row_group", lambda: group_rows(*arrays))
    theirs = timed("per_row_resample", lambda: coefficients_by_loops(groups))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    rng = np.random.default_rng(0)
    by_counts = coefficients_by_counts(table.counts)
    np.testing.assert_allclose(ours, by_counts, atol=1e-9)
    timed("counts_resamples", lambda: bootstrap_by_counts(table.counts, COUNTS_RESAMPLES, rng))
    prompts = arrays[0] // 2  # two comparisons of each prompt
    by_prompt = JudgementTable.from_arrays(*arrays, prompt=prompts)
    timed("figures_by_prompt", lambda: measure_agreement(by_prompt, n_resamples=n_resamples))
    timed("report", lambda: agreement_report(table, n_resamples=n_resamples))


def group_rows(
    comparison: np.ndarray, annotator: np.ndarray, category: np.ndarray
) -> list[list[int]]:
    groups: dict[int, dict[int, int]] = defaultdict(dict)
    for c, a, verdict in zip(
        comparison.tolist(), annotator.tolist(), category.tolist(), strict=True
    ):
        groups[c][a] = verdict
    return [list(votes.values()) for votes in groups.values()]


def coefficients_by_loops(groups: list[list[int]]) -> list[float]:
    """Percent agreement (two ways), alpha, Fleiss' kappa, AC1, comparison by comparison."""
    agreeing = pairs = coincidences = 0.0
    shares_agreeing: list[float] = []
    judged: Counter[int] = Counter()
    shares: defaultdict[int, float] = defaultdict(float)
    for votes in groups:
        r, counts = len(votes), Counter(votes)
        same = sum(n * (n - 1) for n in counts.values())
        agreeing, pairs = agreeing + same, pairs + r * (r - 1)
        coincidences += same / (r - 1)
        shares_agreeing.append(same / (r * (r - 1)))
        judged.update(counts)
        for verdict, n in counts.items():
            shares[verdict] += n / r
    total = judged.total()
    expected = 1 - sum(n * (n - 1) for n in judged.values()) / (total * (total - 1))
    observed = sum(shares_agreeing) / len(groups)
    p = [share / len(groups) for share in shares.values()]
    chance = sum(share**2 for share in p)
    spread = sum(share * (1 - share) for share in p) / (len(p) - 1)
    return [
        agreeing / pairs,
        observed,
        1 - (1 - coincidences / total) / expected,
        (observed - chance) / (1 - chance),
        (observed - spread) / (1 - spread),
    ]


def coefficients_by_counts(counts: np.ndarray) -> list[float]:
    r = counts.sum(axis=1)
    same = (counts * (counts - 1)).sum(axis=1)
    judged = counts.sum(axis=0)
    total = judged.sum()
    observed = (same / (r * (r - 1))).mean()
    p = (counts / r[:, None]).mean(axis=0)
    chance, spread = (p**2).sum(), (p * (1 - p)).sum() / (len(p) - 1)
    disagreement = 1 - (same / (r - 1)).sum() / total
    expected = 1 - (judged * (judged - 1)).sum() / (total * (total - 1))
    return [
        same.sum() / (r * (r - 1)).sum(),
        observed,
        1 - disagreement / expected,
        (observed - chance) / (1 - chance),
        (observed - spread) / (1 - spread),
    ]


def bootstrap_by_counts(
    counts: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> list[list[float]]:
    draws = (rng.integers(0, len(counts), len(counts)) for _ in range(n_resamples))
    return [coefficients_by_counts(counts[draw]) for draw in draws]


def result(
    options: argparse.Namespace, seconds: dict[str, list[float]], others: float | None
) -> dict[str, Any]:
    median = {name: statistics.median(values) for name, values in seconds.items()}
    headline = median["table"] + median["figures"]
    per_row = median["per_row_group"] + median["per_row_resample"] * (1 + options.resamples)
    counts = median["table"] + median["counts_resamples"] * options.resamples / COUNTS_RESAMPLES
    return {
        "bench": "agreement",
        "judgements": options.judgements // OVERLAP * OVERLAP,
        "resamples": options.resamples,
        "headline_seconds": round(headline, 4),
        "ratios": {
            "per_row_with_intervals": round(per_row / headline, 1),
            "per_row_values_only": round(
                (median["per_row_group"] + median["per_row_resample"]) / headline, 2
            ),
            "counts_with_intervals": round(counts / headline, 1),
        },
        "extrapolated_from_resamples": {"per_row": PER_ROW_RESAMPLES, "counts": COUNTS_RESAMPLES},
        "seconds": {name: round(value, 4) for name, value in median.items()},
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "cpu": cpu_name(),
        "cpus": os.cpu_count(),
        "cpu_share_of_others": others,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
    }


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def cpu_times() -> tuple[float, float, float] | None:
    """Seconds of all processors, those busy, and our own; None where the system does not tell."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    ticks = [int(part) for part in stat.read_text(encoding="utf-8").split("\n")[0].split()[1:9]]
    everything, idle = sum(ticks), ticks[3] + ticks[4]
    own = sum(os.times()[:2])
    per_second = os.sysconf("SC_CLK_TCK")
    return everything / per_second, (everything - idle) / per_second, own


def share_of_others(
    before: tuple[float, float, float] | None, after: tuple[float, float, float] | None
) -> float | None:
    """Share of all processor time that other processes used, in [0, 1]."""
    if before is None or after is None:
        return None
    everything, busy, own = (late - early for early, late in zip(before, after, strict=True))
    return round(max(0.0, busy - own) / everything, 3)


if __name__ == "__main__":
    main()
