"""Signs that a run goes wrong: while it runs, and as it ended."""

from typing import Any

from alignment_core.alarms import find_alarms
from training.curves import thinned_metrics
from training.models import Run

PHASES = ("reference", "eval", "train", "dry")  # those whose metrics alarms are found in


def alarms_of(run: Run) -> list[dict[str, Any]]:
    """What its summary says; of a run without one, what its metrics say so far."""
    if run.summary is not None:
        return run.summary.get("alarms") or []
    lines = [
        {**values, "phase": phase, "step": step}
        for phase in PHASES
        for step, values in thinned_metrics(run, phase)
    ]
    return find_alarms(lines, {}, {}, run.settings)
