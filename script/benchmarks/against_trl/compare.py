"""Sides in turn, each time in a fresh process, and what their medians say."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from script.benchmarks._numbers import positive, require_two_steps, whole  # noqa: E402
from script.benchmarks.against_trl.environment import peer_python  # noqa: E402
from script.benchmarks.against_trl.measuring import (  # noqa: E402
    GRPO_SAMPLES,
    GRPO_TOKENS,
    GRPO_WORD,
    cpu_name,
)
from script.benchmarks.against_trl.workload import HEADS, write_workload  # noqa: E402

# Groups of samples, and a reward that about half of them get.
GRPO: dict[str, Any] = {
    "n_samples": GRPO_SAMPLES,
    "max_new_tokens": GRPO_TOKENS,
    "rewards": [{"kind": "regex", "pattern": GRPO_WORD}],
}
PEERS = ("trl", "trl_medium")  # at our precision; the better one counts
OTHERS = (*PEERS, "trl_default", "plain")


class Runs(dict[str, list[dict[str, Any]]]):
    """What each side measured, once for each repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.left_out: dict[str, str] = {}  # why a side is missing


def arguments(description: str) -> argparse.Namespace:
    """What every training benchmark can be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pairs", type=whole(), default=36, help="the first batch only warms up")
    parser.add_argument("--batch", type=whole(), default=4, help="pairs in an optimizer step")
    parser.add_argument("--repeats", type=whole(), default=3)
    parser.add_argument("--hidden", type=whole(), default=512)
    parser.add_argument("--layers", type=whole(), default=8)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16"),
        help="of the products on both sides; float32 on the processor, bfloat16 on a GPU",
    )
    parser.add_argument(
        "--without",
        nargs="+",
        choices=OTHERS,
        default=[],
        help="sides to leave out; the result says so",
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=1200.0,
        help="seconds that another side may take before it is left out, and the result says so: "
        "bfloat16 takes hours where the processor has no instructions for it",
    )
    options = parser.parse_args()
    require_two_steps(parser, options)
    if options.hidden % HEADS:
        parser.error(f"--hidden {options.hidden} is no multiple of {HEADS}, the attention heads")
    return options


class Benchmark:
    """One method on one workload, by several sides."""

    def __init__(self, method: str, kind: str, options: argparse.Namespace) -> None:
        self.method, self.kind, self.options = method, kind, options
        self.dtype = options.dtype or ("float32" if options.device == "cpu" else "bfloat16")

    def sides(self) -> dict[str, list[str]]:
        """The command of each side; the peer is tried with both matrix precisions."""
        options = self.options
        common = [self.method, str(options.batch)]
        ours = [sys.executable, str(HERE / "ours.py"), "WORK", *common, self.dtype, options.device]
        settings = dict(GRPO) if self.method == "grpo" else {}
        if options.device == "cuda":
            settings["tokens_per_micro_batch"] = 16384
        ours.append(json.dumps(settings))
        sides = {"ours": ours}
        theirs = ["PEER", str(HERE / "theirs.py"), "WORK", *common, self.dtype, options.device]
        sides["trl"] = [*theirs, "highest", "best"]
        if self.dtype == "float32":
            sides["trl_medium"] = [*theirs, "medium", "best"]
        if self.method == "dpo" and self.kind == "prompts":
            sides["trl_default"] = [*theirs, "highest", "default"]
            if options.device == "cpu":
                plain = [sys.executable, str(HERE / "plain.py"), "WORK", str(options.batch)]
                sides["plain"] = plain
        return sides

    def run(self) -> Runs:
        """Every side in turn, as often as asked."""
        options, runs = self.options, Runs()
        sides = self.sides()
        for side in sides.keys() & set(options.without):
            del sides[side]
            runs.left_out[side] = "asked for"
        python = str(peer_python()) if any(side.startswith("trl") for side in sides) else ""
        with tempfile.TemporaryDirectory(prefix="accord-bench-") as name:
            work = Path(name)
            write_workload(
                work,
                kind=self.kind,
                pairs=options.pairs,
                batch=options.batch,
                hidden=options.hidden,
                layers=options.layers,
                reward=self.method == "reward_model",
            )
            for repeat in range(options.repeats):
                for side, command in sides.items():
                    if side in runs.left_out:
                        continue
                    print(
                        f"{self.method}, long {self.kind}, repeat {repeat + 1} of "
                        f"{options.repeats}: {side}",
                        file=sys.stderr,
                    )
                    shutil.rmtree(work / "run", ignore_errors=True)
                    places = {"WORK": name, "PEER": python}
                    command = [places.get(part, part) for part in command]
                    try:
                        figures = _measure(command, None if side == "ours" else options.limit)
                    except subprocess.TimeoutExpired:
                        runs.pop(side, None)
                        runs.left_out[side] = f"not finished within {options.limit:g} s"
                        print(f"  {runs.left_out[side]}", file=sys.stderr)
                        continue
                    runs.setdefault(side, []).append(figures)
        return runs


def _measure(command: Sequence[str], limit: float | None) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=limit)
    if done.returncode != 0:
        raise SystemExit(f"{command[1]} ended with {done.returncode}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {figures['pairs_per_s']:.3f} pairs/s, {figures['peak_rss_mib']:.0f} MiB, "
        f"others took {figures['others_share_of_cpu']:.0%} of the processor",
        file=sys.stderr,
    )
    return figures


def median(runs: Sequence[Mapping[str, Any]], name: str = "pairs_per_s") -> float:
    """The middle figure of a side's runs."""
    return statistics.median(run[name] for run in runs)


def epoch_rate(runs: Sequence[Mapping[str, Any]]) -> float:
    """Pairs a second of an epoch that computes its reference log-probs first."""
    return statistics.median(
        run["n_pairs"] / (run.get("reference_seconds", 0.0) + run["n_pairs"] / run["pairs_per_s"])
        for run in runs
    )


def peer_rate(runs: Runs) -> float | None:
    """The peer's better figure; None where it was left out."""
    return max((median(runs[side]) for side in PEERS if side in runs), default=None)


def cpu_ratio(runs: Runs) -> float | None:
    """The peer's processor time for a pair, at its better precision, to ours; None without it."""
    theirs = [median(runs[side], "cpu_s_a_pair") for side in PEERS if side in runs]
    return ratio(min(theirs), median(runs["ours"], "cpu_s_a_pair")) if theirs else None


def ratio(ours: float, theirs: float | None) -> float | None:
    """Rounded, None where there is nothing to divide by."""
    return None if theirs is None else round(ours / theirs, 2)


def describe(runs: Runs) -> dict[str, Any]:
    """What stands beside the figures of any training benchmark."""
    ours = runs["ours"][0]
    others = [side for side in runs if side != "ours"]
    return {
        "sides": {
            side: {
                "pairs_per_s": round(median(of_side), 3),
                "cpu_s_a_pair": round(median(of_side, "cpu_s_a_pair"), 3),
                "spread": [round(run["pairs_per_s"], 3) for run in of_side],
                "peak_rss_mib": round(median(of_side, "peak_rss_mib")),
                "threads": of_side[0]["threads"],
            }
            for side, of_side in runs.items()
        },
        "left_out": runs.left_out,
        "losses": {side: of_side[0]["losses"] for side, of_side in runs.items()},
        "loss_difference": max(
            (
                abs(own - other)
                for side in others
                if side != "trl_default"  # it rounds otherwise
                for own, other in zip(ours["losses"], runs[side][0]["losses"], strict=True)
            ),
            default=None,
        ),
        "tokens": {
            side: of_side[0]["tokens"] for side, of_side in runs.items() if "tokens" in of_side[0]
        },
        "matmul": ours["matmul"],
        "forward": ours["forward"],
        "cpu_time_ratio": cpu_ratio(runs),
        "repeats": len(runs["ours"]),
        "cpu": cpu_name(),
        "versions": {
            "ours": ours["versions"],
            "trl": next(
                (runs[side][0]["versions"] for side in others if side.startswith("trl")), None
            ),
        },
        "others_share_of_cpu": round(
            max(run["others_share_of_cpu"] for of_side in runs.values() for run in of_side), 3
        ),
    }
