"""The runs of a sweep in a table, the best by a chosen figure first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.models import User
from training.access.permissions import visible_evaluations
from training.contrast.beside_first import BesideFirst, beside_first
from training.lineage.prompts_held_out import HeldOut, partial_judges
from training.models import Evaluation, Run, RunState, Sweep
from training.reports.evaluation_figures import PLACES, everything_found, figure_at

UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
HEAVY = ("run__log", "run__preflight", "checkpoint__manifest", "checkpoint__run__log")
ACCURACY = "accuracy"
SMALLER_IS_BETTER = frozenset(
    {
        "kl_k1",
        "mean_length",
        "kl.k1",
        "calibration.outcomes.ece",
        "safety.harm_given",
        "safety.harmless_refused",
        "safety.nothing_said",
    }
)

JUDGED = "mean_reward"  # which a reward model gave
SHARES = frozenset({ACCURACY, *(place.path for place in PLACES if place.is_share)})


@dataclass(frozen=True, kw_only=True)
class SweptRun:
    run: Run
    values: tuple[Any, ...]  # of the settings that are varied, in their order
    figure: Mapping[str, Any] | None  # the chosen one, of the newest evaluation that has it
    is_share: bool
    beside: BesideFirst | None = None  # None for the first, and where nothing can be paired


@dataclass(frozen=True, kw_only=True)
class Swept:
    sweep: Sweep
    settings: tuple[str, ...]
    by: str  # which figure they are sorted by
    label: str | Promise  # what it is called
    figures: tuple[tuple[str, str | Promise], ...]  # to choose from
    runs: tuple[SweptRun, ...]
    n_unfinished: int

    @property
    def n_paired(self) -> int:
        """How many intervals hold together."""
        return sum(row.beside is not None and row.beside.shared is not None for row in self.runs)


def swept(sweep: Sweep, user: User, *, by: str = ACCURACY) -> Swept:
    """Runs that have no such figure come last, in the order in which they were queued."""
    rows = sweep.runs.select_related("snapshot", "base", "after").defer("log", "preflight")
    runs = list(rows.order_by("pk"))
    evaluations = _evaluations(runs, user)
    labels: dict[str, str | Promise] = {ACCURACY: _("Preference accuracy")}
    labels |= {place.path: place.label for place in PLACES}
    present = [
        path
        for path in labels
        if any(_has(found, path) for of_run in evaluations.values() for found in of_run)
    ]
    by = by if by in present else next(iter(present), ACCURACY)
    table = [
        SweptRun(
            run=run,
            values=tuple(run.settings.get(setting) for setting in sweep.varied),
            figure=next((_figure(one, by) for one in evaluations[run.pk] if _has(one, by)), None),
            is_share=by in SHARES,
        )
        for run in runs
    ]
    return Swept(
        sweep=sweep,
        settings=tuple(sweep.varied),
        by=by,
        label=labels[by],
        figures=tuple((path, labels[path]) for path in present),
        runs=_with_beside(sorted(table, key=lambda row: _order(row, by)), evaluations, by),
        n_unfinished=sum(run.state in UNFINISHED for run in runs),
    )


def _with_beside(
    rows: Sequence[SweptRun], evaluations: Mapping[int, Sequence[Evaluation]], by: str
) -> tuple[SweptRun, ...]:
    """Each of those that were measured, beside the first, on prompts that none was trained on."""
    measured = [row for row in rows if row.figure is not None]
    all_of_them = [one for row in measured for one in evaluations[row.run.pk]]
    held_out = HeldOut.by(*{one.checkpoint for one in all_of_them})
    partial = partial_judges(all_of_them) if by == JUDGED else {}
    beside = beside_first(
        [
            [
                one
                for one in evaluations[row.run.pk]
                if held_out.covers(one.snapshot) and not partial.get(one.pk)
            ]
            for row in measured
        ],
        by=by,
        is_less_better=by in SMALLER_IS_BETTER,
    )
    told = [replace(row, beside=one) for row, one in zip(measured[1:], beside, strict=False)]
    return (*measured[:1], *(told or measured[1:]), *rows[len(measured) :])


def _evaluations(runs: list[Run], user: User) -> dict[int, list[Evaluation]]:
    """Of what each run ended in, the newest first."""
    found: dict[int, list[Evaluation]] = {run.pk: [] for run in runs}
    rows = visible_evaluations(user).filter(
        checkpoint__run__in=list(found), checkpoint__is_final=True
    )
    rows = rows.select_related("checkpoint__run", "run", "snapshot").defer(*HEAVY)
    rows = rows.prefetch_related("run__reward_models")
    for evaluation in rows.order_by("-recorded_at", "-pk"):
        if evaluation.checkpoint.run_id is not None:
            found[evaluation.checkpoint.run_id].append(evaluation)
    return found


def _figure(evaluation: Evaluation, path: str) -> dict[str, Any] | None:
    return figure_at(everything_found(evaluation), path)


def _has(evaluation: Evaluation, path: str) -> bool:
    figure = _figure(evaluation, path)
    return figure is not None and figure.get("value") is not None


def _order(row: SweptRun, by: str) -> tuple[bool, float]:
    if row.figure is None:
        return True, 0.0
    value = float(row.figure["value"])
    return False, value if by in SMALLER_IS_BETTER else -value
