"""Runs: queue one, watch it, stop it, let it go on."""

import uuid
from contextlib import suppress
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alignment_core.configs import METHODS
from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from training.access.permissions import run_for
from training.forms.runs import RunForm, SampleForm
from training.models import Run, Snapshot
from training.reports.charts import charts_of
from training.reports.copied import as_command, as_curl
from training.reports.details import run_detail, run_list
from training.reports.forecasts import forecast_of
from training.reports.machine_charts import machine_charts
from training.reports.tensorboard import event_file, event_file_name
from training.runs.advice import Advice, advice_on
from training.runs.checks import advice_of
from training.runs.queue import queue_run, request_cancel, resume_run
from training.runs.sample_runs import queue_sample_run
from training.runs.tried_run import planned
from training.views.desk import require_entry
from training.views.refusals import carry_out, show_refusal
from training.words.methods import METHODS_IN_WORDS, method_groups


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {
        "page": page_of(run_list(request.user), request),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/runs.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_run(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    asked = request.GET.get("method", "sft")
    method = asked if asked in METHODS else "sft"
    first = {name: str(value) for name, value in request.GET.items() if name != "method"}
    form, forecast = RunForm(request.POST or None, method=method, initial=first), None
    if request.method == "POST" and form.is_valid():
        queue = partial(queue_run, **form.request(), requested_by=request.user)
        try:
            if "estimate" not in request.POST:
                return _queued(request, queue())
            forecast = planned(queue, forecast_of)
        except AccordError as error:
            show_refusal(form, error)
    context = {
        "form": form,
        "forecast": forecast,
        "method": method,
        "method_groups": method_groups(),
        "sentence": METHODS_IN_WORDS[method].sentence,
        "query": urlencode(
            [(name, first[name]) for name in ("snapshot", "start") if name in first]
        ),
        "advice": _advice(first.get("snapshot", "")),
    }
    return render(request, "training/run_new.html", context)


def _queued(request: SignedInRequest, run: Run) -> HttpResponse:
    """To the run's page, with what practice would do differently."""
    for sentence in advice_of(run):
        messages.warning(request, sentence)
    return redirect("training:run", public_id=run.public_id)


def _advice(snapshot_id: str) -> Advice | None:
    """For the snapshot that was come from, else for the newest."""
    snapshots = Snapshot.objects.order_by("-frozen_at", "-pk")
    with suppress(ValueError):
        snapshots = snapshots.filter(public_id=uuid.UUID(snapshot_id))
    found = snapshots.first()
    return advice_on(found) if found else None


@login_required
@require_http_methods(["GET", "POST"])
def new_sample(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    first = {name: request.GET[name] for name in ("project", "checkpoint") if name in request.GET}
    form = SampleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            queued = queue_sample_run(**form.request(), requested_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Queued. Its comparisons will be judged first."))
            return redirect("training:run", public_id=queued.public_id)
    return render(request, "training/sample_new.html", {"form": form})


@login_required
@require_GET
def run(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "training/run.html", _run_context(request, public_id))


@login_required
@require_GET
def run_live(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The part of a run's page that changes; the answer to the last poll stops the polling."""
    return render(request, "training/_run_live.html", _run_context(request, public_id))


@login_required
@require_GET
def run_events(request: SignedInRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    """The figures so far, as the file that TensorBoard reads."""
    found = run_for(request.user, public_id)
    return StreamingHttpResponse(
        event_file(found),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{event_file_name(found)}"'},
    )


@login_required
@require_POST
def run_cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = run_for(request.user, public_id)
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: request_cancel(run_id=found.public_id, requested_by=request.user),
        said=_("It stops in a few seconds and keeps its last checkpoint."),
    )
    return redirect("training:run", public_id=public_id)


@login_required
@require_POST
def run_resume(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = run_for(request.user, public_id)
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: resume_run(run_id=found.public_id, requested_by=request.user),
        said=_("It goes on from its last checkpoint."),
    )
    return redirect("training:run", public_id=public_id)


def _run_context(request: SignedInRequest, public_id: uuid.UUID) -> dict[str, object]:
    detail = run_detail(run_for(request.user, public_id), request.user)
    return {
        "detail": detail,
        "run": detail.run,
        "status": detail.status,
        "charts": charts_of(detail.curves),
        "machine_charts": machine_charts(detail.run),
        "command": as_command(detail.run, shows_paths=request.user.is_site_admin),
        "curl": as_curl(detail.run, address=request.build_absolute_uri("/api/v1/runs/")),
        "is_admin": request.user.is_site_admin,
    }
