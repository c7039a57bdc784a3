"""How fast a run goes, and what it takes of its machine, as pictures over its steps."""

from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from training.models import MACHINE, Run
from training.reports.charts import Chart, ChartSpec, Points, Trace, chart_of
from training.reports.curves import thinned_metrics
from training.reports.logged import logged_in

SPEED = "tokens_per_second"  # made here, from what the steps count


def _spec(title: object, key: str, phase: str = MACHINE) -> ChartSpec:
    return ChartSpec(title=str(title), traces=(Trace(key=key, phase=phase, name=_("this run")),))


def machine_charts(run: Run) -> list[Chart]:
    """Those for which anything was measured."""
    specs = (
        _spec(_("Tokens a second"), SPEED, "train"),
        _spec(_("Processors in use"), "cpu/cores"),
        _spec(_("Memory in use, in MiB"), "memory/mib"),
        _spec(_("Share of the GPUs’ time in use"), "gpu/share"),
        _spec(_("GPU memory in use, in MiB"), "gpu/memory_mib"),
    )
    known = {(SPEED, "train"): _speeds(run), **_measured(run)}
    return [chart for spec in specs if (chart := chart_of(spec, known)) is not None]


def _speeds(run: Run) -> Points:
    """Between one logged step and the next, where time went by and tokens were counted."""
    rows = list(logged_in(run, "train").extremes("num_tokens"))
    stride = -(-len(rows) // 200) or 1
    return [
        (step, (tokens - before) / (at - earlier).total_seconds())
        for (_step, earlier, before), (step, at, tokens) in pairwise(rows[::stride])
        if at > earlier and tokens > before
    ]


def _measured(run: Run) -> dict[tuple[str, str], Points]:
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for step, values in thinned_metrics(run, MACHINE):
        for key, value in values.items():
            if value is not None:
                found.setdefault((key, MACHINE), []).append((step, value))
    return dict(found)
