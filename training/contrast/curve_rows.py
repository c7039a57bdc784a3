"""Every value that compared runs have logged, as lines of a table to keep."""

from collections.abc import Iterator, Sequence

from annotate.exports.csv_lines import csv_line
from training.contrast.compared import Compared
from training.contrast.measured_points import PHASES, tokens_at

COLUMNS = ("run", "name", "phase", "step", "tokens", "logged_at", "figure", "value")


def csv_lines(rows: Sequence[Compared]) -> Iterator[bytes]:
    """A heading, then a line for each value: as measured, all of them, not smoothed."""
    yield csv_line(COLUMNS)
    for row in rows:
        if row.run is None:
            continue
        run = row.run
        trained = run.metrics.filter(phase="train").order_by("step")
        counts = trained.values_list("step", "values__num_tokens")
        tokens = tokens_at([(step, float(n)) for step, n in counts if n is not None])
        metrics = run.metrics.filter(phase__in=PHASES).order_by("step", "phase")
        for metric in metrics.iterator(chunk_size=500):
            when = metric.logged_at.isoformat()
            place = (
                str(run.public_id),
                run.name,
                metric.phase,
                metric.step,
                tokens(metric.step) if tokens else None,
                when,
            )
            yield b"".join(csv_line((*place, key, value)) for key, value in metric.values.items())
