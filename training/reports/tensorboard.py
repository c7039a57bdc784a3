"""A run's figures as the file that TensorBoard reads, made from its rows: while it runs, too."""

import math
from collections.abc import Iterator

from alignment_core.runs.event_file import NAME, Figures, first_record, record_of
from training.models import Run

BATCH = 500


def event_file_name(run: Run) -> str:
    return NAME.format(seconds=int((run.started_at or run.queued_at).timestamp()))


def event_file(run: Run) -> Iterator[bytes]:
    """Record by record, by phase and name, such as train/loss and machine/memory/mib."""
    yield first_record((run.started_at or run.queued_at).timestamp())
    rows = run.metrics.order_by("logged_at", "pk")
    for phase, step, logged_at, values in rows.values_list(
        "phase", "step", "logged_at", "values"
    ).iterator(chunk_size=BATCH):
        figures = {
            f"{phase}/{name}": float(value)
            for name, value in values.items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
        if figures:
            yield record_of(Figures(step=step, time=logged_at.timestamp(), values=figures))
