"""What every side of a training benchmark measures; needs nothing but Python, so that the peer's
environment can use it."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

GRPO_SAMPLES, GRPO_TOKENS, GRPO_WORD = 8, 64, "th"
OF_SAMPLES = ("reward", "completions/mean_length", "entropy")  # what both sides call alike


class Stopwatch:
    """Seconds of every step after the first, and what else the machine did meanwhile."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.peak_rss_mib = 0.0
        self._before: tuple[float, float] = (0.0, 0.0)
        self._after: tuple[float, float] = (0.0, 0.0)

    def step_has_ended(self) -> None:
        """Call at the end of each optimizer step; the first one only warms up."""
        self.ends.append(time.perf_counter())
        self._after = _cpu_seconds()
        self.peak_rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if len(self.ends) == 1:
            self._before = self._after

    def figures(self, *, pairs: int) -> dict[str, Any]:
        """Rate of all steps but the first.

        Args:
            pairs: in those steps.
        """
        seconds = self.ends[-1] - self.ends[0]
        machine, own = (late - early for early, late in zip(self._before, self._after, strict=True))
        return {
            "pairs_per_s": pairs / seconds,
            "cpu_s_a_pair": own / pairs,  # what else runs lengthens it less than it does a step
            "peak_rss_mib": self.peak_rss_mib,  # what is saved after the last step is left out
            "others_share_of_cpu": max(0.0, machine - own) / (seconds * (os.cpu_count() or 1)),
        }


def figures_of_samples(steps: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """What was sampled in each step, where anything was; the draws differ, their means hardly."""
    return {name: [step[name] for step in steps] for name in OF_SAMPLES if name in steps[0]}


def cpu_name() -> str:
    """The processor and how many of its cores are here."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} × {len(names)}" if names else platform.processor()


def _cpu_seconds() -> tuple[float, float]:
    """Processor time that the whole machine, and this process, have used."""
    own = time.process_time()
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:  # not Linux: the share of others is not known
        return own, own
    ticks = [int(field) for field in fields]
    busy = sum(ticks) - ticks[3] - ticks[4]  # all but idle and waiting for the disk
    return busy / os.sysconf("SC_CLK_TCK"), own
