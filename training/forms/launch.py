"""A run launched from a form, at the desk and in the administration: advised, estimated, queued."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest

from alignment_core.configs import METHODS
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.models import User
from training.forms.refusal import show_refusal
from training.forms.runs import RunForm
from training.models import Run, Snapshot
from training.reports.forecasts import Forecast, forecast_of
from training.runs.advice import Advice, advice_on
from training.runs.checks import advice_of
from training.runs.queue import queue_run
from training.runs.tried_run import planned
from training.words.methods import METHODS_IN_WORDS, method_groups

USUAL = "sft"  # which is done first


@dataclass(kw_only=True)
class Launch:
    """The form of a method, and what came of sending it: an estimate, or a run in the queue."""

    method: str
    form: RunForm
    chosen: dict[str, str]  # in the address: what the form begins with
    forecast: Forecast | None = None
    run: Run | None = None

    @property
    def warnings(self) -> list[str]:
        """What practice would do differently from the run that was queued."""
        return [] if self.run is None else advice_of(self.run)

    def context(self) -> dict[str, Any]:
        kept = [(name, self.chosen[name]) for name in ("snapshot", "start") if name in self.chosen]
        return {
            "form": self.form,
            "forecast": self.forecast,
            "method": self.method,
            "method_groups": method_groups(),
            "sentence": METHODS_IN_WORDS[self.method].sentence,
            "query": urlencode(kept),
            "advice": _advice(self.chosen.get("snapshot", "")),
        }


def launched(request: HttpRequest, *, requested_by: User) -> Launch:
    """The form for the method in the address; sent, its run is queued, or only estimated."""
    asked = request.GET.get("method", USUAL)
    method = asked if asked in METHODS else USUAL
    chosen = {name: str(value) for name, value in request.GET.items() if name != "method"}
    form = RunForm(sent(request), method=method, initial=chosen)
    launch = Launch(method=method, form=form, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        queue = partial(queue_run, **form.request(), requested_by=requested_by)
        try:
            if "estimate" in request.POST:
                launch.forecast = planned(queue, forecast_of)
            else:
                launch.run = queue()
        except AccordError as error:
            is_of_start = error.field in ("base", "after")
            show_refusal(form, error, at="start" if is_of_start else None)
    return launch


def _advice(snapshot_id: str) -> Advice | None:
    """For the snapshot that was come from, else for the newest."""
    snapshots = Snapshot.objects.order_by("-frozen_at", "-pk")
    with suppress(ValueError):
        snapshots = snapshots.filter(public_id=UUID(snapshot_id))
    found = snapshots.first()
    return advice_on(found) if found else None
