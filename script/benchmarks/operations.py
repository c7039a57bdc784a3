"""Where a training step of ours spends its time: seconds by kind of operation.

    script/bench operations [--kind completions] [--method dpo] [--dtype float32] [--pairs 36]

The workload is that of `script/bench dpo`. Steps after the first run under torch's profiler, which
slows them by a few percent; each operation's own time counts, without what it calls. Beside them
stands the fastest product that this processor makes in the same process, as the limit. Ends with
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from _numbers import require_two_steps, whole  # noqa: E402
from against_trl.measuring import cpu_name  # noqa: E402
from against_trl.ours import COMMON, measure  # noqa: E402
from against_trl.workload import write_workload  # noqa: E402

# The first kind with a part that occurs in the operation's name takes it.
KINDS = {
    "attention": ("attention", "_softmax"),
    "products": ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "mkldnn", "linear"),
    "optimizer": ("adam", "_foreach_", "optimizer", "linalg_vector_norm"),
    "copies": ("copy", "clone", "aten::cat", "contiguous", "aten::to", "aten::fill", "zero_"),
    "look-ups": ("index", "embedding", "gather", "scatter", "select", "slice", "aten::split"),
    "sums": ("aten::sum", "aten::mean", "aten::amax", "aten::max", "vecdot"),
    "activation": ("silu", "gelu", "sigmoid"),
    "elementwise": ("mul", "add", "div", "sub", "neg", "pow", "rsqrt", "exp", "log", "cos", "sin"),
}
PRODUCT = 2048  # rows and columns of the product that tries the processor's limit


class Profile:
    """torch's profiler, from the end of the first step to the end of the last."""

    def __init__(self) -> None:
        from torch.profiler import ProfilerActivity, profile

        self._profiler = profile(activities=[ProfilerActivity.CPU], with_flops=True)
        self.n_steps = 0
        self.seconds = 0.0

    def step_has_ended(self) -> None:
        """The first step only warms up; those after it are timed together."""
        if self.n_steps == 0:
            self._profiler.start()
            self._started = time.perf_counter()
        self.seconds = time.perf_counter() - self._started
        self.n_steps += 1

    def events(self) -> Iterable[Any]:
        self._profiler.stop()
        return list(self._profiler.key_averages())


def seconds_by_kind(events: Iterable[Any]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Own seconds of each kind, and of each operation within it, longest first."""
    kinds: dict[str, float] = defaultdict(float)
    within: dict[str, dict[str, float]] = defaultdict(dict)
    for event in events:
        own = event.self_cpu_time_total / 1e6
        kind = kind_of(event.key)
        kinds[kind] += own
        within[kind][event.key] = own
    return (
        dict(sorted(kinds.items(), key=lambda item: -item[1])),
        {
            kind: dict(sorted(of.items(), key=lambda item: -item[1])[:4])
            for kind, of in within.items()
        },
    )


def kind_of(name: str) -> str:
    """The kind of an operation by its name; "other" where none is known."""
    lowered = name.lower()
    return next(
        (kind for kind, parts in KINDS.items() if any(part in lowered for part in parts)), "other"
    )


def product_limit() -> float:
    """FLOP a second of the best of some products, with the precision the run has chosen."""
    import torch

    left, right = torch.randn(PRODUCT, PRODUCT), torch.randn(PRODUCT, PRODUCT)
    best = 0.0
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        best = max(best, 2 * PRODUCT**3 / (time.perf_counter() - started))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="Profile a training step by operation.")
    parser.add_argument("--kind", choices=("prompts", "completions"), default="prompts")
    parser.add_argument("--method", choices=("dpo", "reward_model", "sft"), default="dpo")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--pairs", type=whole(), default=36)
    parser.add_argument("--batch", type=whole(), default=4)
    options = parser.parse_args()
    require_two_steps(parser, options)
    settings = {
        **COMMON,
        "batch_size": options.batch,
        "dtype": options.dtype,
        "device": "cpu",
    }
    profile = Profile()
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as name:
        work = Path(name)
        write_workload(
            work,
            kind=options.kind,
            pairs=options.pairs,
            batch=options.batch,
            hidden=512,
            layers=8,
            reward=options.method == "reward_model",
        )
        figures = measure(work, options.method, settings, step_has_ended=profile.step_has_ended)
    events = profile.events()
    kinds, within = seconds_by_kind(events)
    n_steps = profile.n_steps - 1
    flop = sum(event.flops or 0 for event in events)
    limit = product_limit()
    print(
        json.dumps(
            {
                "method": options.method,
                "kind": options.kind,
                "dtype": options.dtype,
                "pairs_per_s": round(figures["pairs_per_s"], 3),
                "seconds_a_step": round(profile.seconds / n_steps, 4),
                "share_of_step": {
                    kind: round(seconds / profile.seconds, 4) for kind, seconds in kinds.items()
                },
                "longest": {
                    kind: {key: round(own / n_steps, 5) for key, own in of.items()}
                    for kind, of in within.items()
                },
                "gflop_a_pair": round(flop / n_steps / options.batch / 1e9, 1),
                "gflop_per_s_of_products": round(flop / kinds.get("products", 1) / 1e9),
                "gflop_per_s_of_step": round(flop / profile.seconds / 1e9),
                "gflop_per_s_limit": round(limit / 1e9),
                "others_share_of_cpu": round(figures["others_share_of_cpu"], 3),
                "cpu": cpu_name(),
                "versions": figures["versions"],
            }
        )
    )


if __name__ == "__main__":
    main()
