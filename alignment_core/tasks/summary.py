"""summary.json of a training run: a run that has one is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.canonical import digest_of_directory
from alignment_core.machine.memory_peak import peak_rss_mib
from alignment_core.runs.alarms import find_alarms
from alignment_core.runs.checkpoints import TrainerState
from alignment_core.runs.run_directory import RunDirectory


def run_summary(
    state: TrainerState,
    directory: RunDirectory,
    *,
    n_records: int,
    measured: Mapping[str, Any],
    samples: Sequence[Mapping[str, Any]],
    base_digest: str,
) -> dict[str, Any]:
    """What came out: the last measurement, time by phase, speed, memory and alarms.

    Args:
        directory: of the run, with its `final/` written.
        measured: on held-out records, as `held_out_summary` gives it.
    """
    trained = max(directory.seconds.get("train", 0.0), 1e-9)
    n_pairs = n_records * state.settings["epochs"]
    return {
        "schema": 1,
        "method": state.method,
        "steps": state.step,
        "n_records": n_records,
        "seconds": {name: round(value, 3) for name, value in directory.seconds.items()},
        "pairs_per_second": round(n_pairs / trained, 3),
        "tokens_per_second": round(state.n_tokens / trained, 1),
        "peak_rss_mib": round(peak_rss_mib(), 1),
        **measured,
        "samples": samples,
        "alarms": find_alarms(
            directory.read_metrics(),
            measured["evaluation"],
            measured["baselines"],
            state.settings,
        ),
        "final_digest": digest_of_directory(directory.final),
        "base_digest": base_digest,
    }
