"""Agreement of a million judgements, beside the packages that compute the same.

    python script/benchmarks/agreement.py [--judgements 1000000] [--resamples 1000] [--repeats 3]
        [--growth 10000,100000,1000000,10000000] [--no-peers]

`headline_seconds` runs from three arrays (comparison, annotator, category) to the five headline
figures with bootstrap intervals, `dawid_skene_seconds` from the table to convergence,
`bradley_terry_seconds` from arrays of matches to ratings of 200 models with intervals. Ours and
theirs alternate, each in a process of its own; each second is the median of the repeats. The peers
(krippendorff, statsmodels, crowd-kit, evalica) live in an environment that this program makes under
var/, from `_agreement_peers.txt`; values are checked to be the same. They give no intervals, so
`ratios` ending in `_with_intervals` multiply their time for one value by the resamples.
Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from _numbers import whole

HERE = Path(__file__).resolve().parent
WORK, PEERS, PINS = (
    HERE / name for name in ("_agreement_work.py", "_agreement_peers.py", "_agreement_peers.txt")
)
PEER_ENVIRONMENT = HERE.parents[1] / "var" / "bench" / "agreement-peers"
OVERLAP = 5

Seconds = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the agreement figures.")
    parser.add_argument("--judgements", type=whole(OVERLAP), default=1_000_000)
    parser.add_argument("--resamples", type=whole(2), default=1_000)
    parser.add_argument("--repeats", type=whole(), default=3)
    parser.add_argument(
        "--growth", type=sizes_of, default="10000,100000,1000000,10000000", help="of tables"
    )
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    peer_python = None if options.no_peers else python_with_peers()
    before = cpu_times()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as directory:
        arrays = Path(directory) / "arrays.npz"
        for repeat in range(options.repeats):
            print(f"repeat {repeat + 1} of {options.repeats}", file=sys.stderr)
            ours.append(work(options.judgements, options.resamples, "--all", "--keep", str(arrays)))
            if peer_python:
                theirs.append(told([peer_python, str(PEERS), str(arrays)]))
                check_same(ours[-1], theirs[-1])
    others = share_of_others(before, cpu_times())
    growth = [grown(n, options.resamples) for n in options.growth]
    print(
        json.dumps(
            result(options, ours, theirs)
            | {
                "growth": growth,
                "cpu": cpu_name(),
                "cpus": os.cpu_count(),
                "cpu_share_of_others": others,
            }
        )
    )


def sizes_of(text: str) -> list[int]:
    return [whole(OVERLAP)(size) for size in text.split(",") if size]


def work(judgements: int, resamples: int, *arguments: str) -> dict[str, Any]:
    sizes = ["--judgements", str(judgements), "--resamples", str(resamples)]
    return told([sys.executable, str(WORK), *sizes, *arguments])


def told(command: list[str]) -> dict[str, Any]:
    process = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(process.stdout.splitlines()[-1])


def python_with_peers() -> str:
    """The environment of the other packages, made where it is missing or its pins have changed."""
    python = PEER_ENVIRONMENT / "bin" / "python"
    stamp = PEER_ENVIRONMENT / "pins"
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != pins:
        print("Installing what to compare with (only when it has changed) …", file=sys.stderr)
        venv.create(PEER_ENVIRONMENT, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "-qq", "--no-deps", "-r", str(PINS)]
        subprocess.run(install, check=True)
        stamp.write_text(pins)
    return str(python)


def check_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, value in theirs["values"].items():
        np.testing.assert_allclose(ours["values"][name], value, atol=1e-9)
    np.testing.assert_allclose(ours["strength"], theirs["strength"], atol=1e-4)


def grown(judgements: int, resamples: int) -> dict[str, Any]:
    print(f"{judgements} judgements", file=sys.stderr)
    outcome = work(judgements, resamples)
    seconds = outcome["seconds"]
    return {
        "judgements": judgements // OVERLAP * OVERLAP,
        "headline_seconds": round(seconds["table"] + seconds["figures"], 4),
        "dawid_skene_seconds": round(seconds["dawid_skene"], 4),
        "dawid_skene_iterations": outcome["dawid_skene"]["iterations"],
        "peak_rss_mib": outcome["peak_rss_mib"],
    }


def result(
    options: argparse.Namespace, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> dict[str, Any]:
    mine, peers = medians(ours), medians(theirs)
    headline = mine["table"] + mine["figures"]
    outcome = {
        "bench": "agreement",
        "judgements": options.judgements // OVERLAP * OVERLAP,
        "resamples": options.resamples,
        "headline_seconds": round(headline, 4),
        "dawid_skene_seconds": round(mine["dawid_skene"], 4),
        "bradley_terry_seconds": round(mine["bradley_terry"], 4),
        "pairwise_seconds": round(mine["pairwise"], 4),
        "dawid_skene": ours[-1]["dawid_skene"],
        "peak_rss_mib": max(entry["peak_rss_mib"] for entry in ours),
        "seconds": rounded(mine),
        "ratios": {},
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
    }
    if theirs:
        outcome["ratios"] = ratios(mine, peers, options.resamples, theirs[-1]["plain_resamples"])
        outcome["peer_seconds"] = rounded(peers)
        outcome["peer_dawid_skene_iterations"] = theirs[-1]["dawid_skene_iterations"]
        outcome["versions"] |= theirs[-1]["versions"]
    return outcome


def ratios(mine: Seconds, peers: Seconds, resamples: int, n_plain: int) -> dict[str, float]:
    """Their seconds over ours; above 1 we are faster."""
    headline, with_intervals = mine["table"] + mine["figures"], 1 + resamples
    values_only = mine["table"] + mine["values_only"]
    counts = peers["counts"]
    found = {
        "krippendorff_value_only": (counts + peers["krippendorff"]) / values_only,
        "statsmodels_fleiss_value_only": (counts + peers["statsmodels_fleiss"]) / values_only,
        "krippendorff_with_intervals": (counts + peers["krippendorff"] * with_intervals) / headline,
        "statsmodels_fleiss_with_intervals": (counts + peers["statsmodels_fleiss"] * with_intervals)
        / headline,
        "plain_numpy_with_intervals": (counts + peers["plain_resamples"] * resamples / n_plain)
        / headline,
        "crowd_kit_dawid_skene": peers["crowd_kit_dawid_skene"]
        / (mine["table"] + mine["dawid_skene"]),
        "evalica_bradley_terry_value_only": peers["evalica_bradley_terry"]
        / mine["bradley_terry_halves"],
        "evalica_bradley_terry_with_intervals": peers["evalica_bradley_terry"]
        * with_intervals
        / mine["bradley_terry_halves"],
    }
    return {name: round(value, 2) for name, value in found.items()}


def medians(runs: list[dict[str, Any]]) -> Seconds:
    names = runs[0]["seconds"] if runs else {}
    return {name: statistics.median(run["seconds"][name] for run in runs) for name in names}


def rounded(seconds: Seconds) -> Seconds:
    return {name: round(value, 4) for name, value in seconds.items()}


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
