"""Settings in which runs differ, and what each of them cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.contrast.compared import Compared
from training.models import Run
from training.words.methods import METHODS_IN_WORDS
from training.words.options_of_all import words_of


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A setting with its value in each; None where the method has no such setting."""

    name: str
    label: str | Promise
    values: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a run took, as far as it is known; tokens count what it learnt from."""

    row: Compared
    seconds: float | None  # of work, as the run counts them; while it lasts, since it began
    seconds_training: float | None
    machine: str
    worker: str
    n_tokens: int | None
    tokens_per_second: float | None
    peak_mib: float | None
    n_attempts: int


def differing(rows: Sequence[Compared]) -> list[Difference]:
    """What is not the same for all of those that a run made; first what they learnt from."""
    runs = [row.run for row in rows]
    facts = [_facts(run) for run in runs]
    settings = [run.settings if run else {} for run in runs]
    found = [
        Difference(name=name, label=label, values=tuple(fact[name] for fact in facts))
        for name, label in FACTS.items()
    ]
    for name in dict.fromkeys(name for values in settings for name in values):
        values = tuple(values.get(name) for values in settings)
        found.append(Difference(name=name, label=_label(name, runs), values=values))
    made = [place for place, run in enumerate(runs) if run is not None]
    return [one for one in found if _differs([one.values[place] for place in made])]


def costs(rows: Sequence[Compared]) -> list[Cost]:
    return [_cost(row, row.run) for row in rows if row.run is not None]


FACTS = {
    "method": _("Method"),
    "snapshot": _("Snapshot"),
    "start": _("Start"),
}


def _facts(run: Run | None) -> dict[str, str | None]:
    if run is None:
        return dict.fromkeys(FACTS)
    start = run.base or run.after
    return {
        "method": str(METHODS_IN_WORDS[run.method].title),
        "snapshot": f"{run.snapshot} · {run.snapshot.digest[:12]}" if run.snapshot else None,
        "start": f"{start} · {run.base.digest[:12]}" if run.base else str(start),
    }


def _label(name: str, runs: Sequence[Run | None]) -> str | Promise:
    method = next(run.method for run in runs if run and name in run.settings)
    words = words_of(name, method=method)
    return words[0] if words else name


def _differs(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values[1:])


def _cost(row: Compared, run: Run) -> Cost:
    summary, plan = run.summary or {}, run.plan or {}
    seconds = summary.get("seconds") or {}
    spent = sum(seconds.values()) if seconds else _since_start(run)
    newest = run.metrics.filter(phase="train").order_by("-step").first()
    n_tokens = newest.values.get("num_tokens") if newest else None
    device = plan.get("device_name") or plan.get("device") or ""
    n_devices = plan.get("world_size") or 1
    return Cost(
        row=row,
        seconds=spent,
        seconds_training=seconds.get("train"),
        machine=f"{n_devices} × {device}" if n_devices > 1 else device,
        worker=run.worker,
        n_tokens=None if n_tokens is None else int(n_tokens),
        tokens_per_second=summary.get("tokens_per_second"),
        peak_mib=summary.get("peak_rss_mib"),
        n_attempts=run.attempt,
    )


def _since_start(run: Run) -> float | None:
    """While a run lasts, and of one that left no summary: as the clock on the wall went."""
    if run.started_at is None:
        return None
    return ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
