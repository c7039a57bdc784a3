"""Sweeps: one run for each combination of a few values, queued and cancelled together."""

import json
import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.models import User
from annotate.text.free_text import refuse_unstorable
from training.access.audit import record_act
from training.errors import NotCancellable, NotFound, RunRefused
from training.models import Checkpoint, Run, RunState, Snapshot, Sweep
from training.runs.queue import queue_run, request_cancel

MOST_VARIED = 2  # settings
MOST_SWEPT = 24  # runs
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)

Varied = Mapping[str, Sequence[Any]]


@transaction.atomic
def queue_sweep(
    *,
    name: str,
    method: str,
    snapshot: Snapshot,
    varied: Varied,
    settings: Mapping[str, Any],
    base: Checkpoint | None = None,
    after: Run | None = None,
    requested_by: User | None = None,
) -> Sweep:
    """Queue a run for every combination of the values: all of them, or none.

    Args:
        varied: one or two settings, each with the values to try.
        settings: the others, as `queue_run` takes them.
    Raises: RunRefused or InvalidInput, naming the field and the value.
    """
    refuse_unstorable({**varied}, field="varied")
    _check(name, varied, settings)
    sweep = Sweep.objects.create(
        name=name,
        method=method,
        varied={setting: list(values) for setting, values in varied.items()},
        requested_by=requested_by,
    )
    seen: dict[str, Mapping[str, Any]] = {}
    for values in combinations(varied):
        run = queue_run(
            method=method,
            snapshot=snapshot,
            base=base,
            after=after,
            settings={**settings, **values},
            name=f"{name} · {values_in_words(values)}",
            requested_by=requested_by,
        )
        _check_is_new(values, run.settings, seen)
        run.sweep = sweep
        run.save(update_fields=["sweep"])
    record_act(
        user=requested_by,
        action="sweep.queue",
        target=sweep,
        after={"method": method, "varied": sweep.varied, "runs": len(seen)},
    )
    return sweep


@transaction.atomic
def cancel_sweep(*, sweep_id: uuid.UUID, requested_by: User | None = None) -> int:
    """Cancel what has not ended yet of a sweep's runs, and say how many that were.

    Raises: NotFound, NotCancellable if all of them have ended.
    """
    sweep = Sweep.objects.filter(public_id=sweep_id).first()
    if sweep is None:
        raise NotFound(_("There is no such sweep."), field="sweep", value=str(sweep_id))
    waiting_first = sweep.runs.filter(state__in=UNFINISHED).order_by("state", "pk")
    n_cancelled = 0
    for run in waiting_first:
        with suppress(NotCancellable):  # it ended meanwhile
            request_cancel(run_id=run.public_id, requested_by=requested_by)
            n_cancelled += 1
    if not n_cancelled:
        raise NotCancellable(_("All runs of this sweep have already ended."))
    return n_cancelled


def combinations(varied: Varied) -> Iterator[dict[str, Any]]:
    """Every choice of one value each, the last setting changing fastest."""
    for values in product(*varied.values()):
        yield dict(zip(varied, values, strict=True))


def values_in_words(values: Mapping[str, Any]) -> str:
    """Settings as in a command line, such as beta=0.1, learning_rate=1e-05."""
    return ", ".join(f"{name}={plain_value(value)}" for name, value in values.items())


def plain_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check(name: str, varied: Varied, settings: Mapping[str, Any]) -> None:
    longest = Sweep._meta.get_field("name").max_length or 0
    if not 0 < len(name.strip()) <= longest:
        raise RunRefused(
            _("Give the sweep a name of at most %(longest)d characters.") % {"longest": longest},
            field="name",
            value=name,
        )
    if not 1 <= len(varied) <= MOST_VARIED:
        raise RunRefused(
            _("A sweep varies one setting or two, not %(n)d.") % {"n": len(varied)},
            field="varied",
            value=list(varied),
        )
    for setting, values in varied.items():
        if setting in settings:
            raise RunRefused(
                _("“%(setting)s” is varied, so it cannot have one value for all runs as well.")
                % {"setting": setting},
                field=setting,
                value=settings[setting],
            )
        if len(values) < 2:
            raise RunRefused(
                _("Give “%(setting)s” at least two values to try.") % {"setting": setting},
                field=setting,
                value=list(values),
            )
    n_runs = math.prod(len(values) for values in varied.values())
    if n_runs > MOST_SWEPT:
        raise RunRefused(
            _("That would be %(n)d runs; a sweep has at most %(most)d.")
            % {"n": n_runs, "most": MOST_SWEPT},
            field="varied",
            value=n_runs,
        )


def _check_is_new(
    values: Mapping[str, Any], complete: Mapping[str, Any], seen: dict[str, Mapping[str, Any]]
) -> None:
    """Two spellings of one value, such as 1 and 1.0, would be the same run twice."""
    key = json.dumps([complete[name] for name in values], sort_keys=True)
    if key in seen:
        raise RunRefused(
            _("“%(first)s” and “%(second)s” are the same run.")
            % {"first": values_in_words(seen[key]), "second": values_in_words(values)},
            field=list(values)[-1],
            value=list(values.values()),
        )
    seen[key] = values
