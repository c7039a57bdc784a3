"""Runs: queue one, watch it, stop it, let it go on."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import run_for
from training.forms.launch import launched
from training.forms.refusal import show_refusal
from training.forms.runs import SampleForm
from training.models import Run
from training.reports.charts import charts_of
from training.reports.copied import as_command, as_curl
from training.reports.curves import curves_of
from training.reports.desk_page import run_list
from training.reports.machine_charts import machine_charts
from training.reports.run_page import run_detail
from training.reports.run_status import UNFINISHED
from training.reports.tensorboard import event_file, event_file_name
from training.runs.queue import request_cancel, resume_run
from training.runs.sample_runs import queue_sample_run
from training.views.desk import require_entry
from training.views.refusals import carry_out


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
    launch = launched(request, requested_by=request.user)
    if launch.run is None:
        return render(request, "training/run_new.html", launch.context())
    for sentence in launch.warnings:
        messages.warning(request, sentence)
    return redirect("training:run", public_id=launch.run.public_id)


@login_required
@require_http_methods(["GET", "POST"])
def new_sample(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    first = {name: request.GET[name] for name in ("project", "checkpoint") if name in request.GET}
    form = SampleForm(sent(request), initial=first)
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
    found = run_for(request.user, public_id)
    return render(request, "training/run.html", {**_run_context(request, found), **_curves(found)})


@login_required
@require_GET
def run_live(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The part of a run's page that changes; the answer to the last poll stops the polling."""
    found = run_for(request.user, public_id)
    return render(request, "training/_run_polled.html", _run_context(request, found))


@login_required
@require_GET
def run_curves(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The curves alone, asked for while the run goes on."""
    found = run_for(request.user, public_id)
    return render(request, "training/_run_curves.html", _curves(found))


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
    goes_on = found.checkpoints.filter(is_final=False).exists()
    carry_out(
        request,
        lambda: resume_run(run_id=found.public_id, requested_by=request.user),
        said=_("It goes on from its last checkpoint.") if goes_on else _("It begins anew."),
    )
    return redirect("training:run", public_id=public_id)


def _run_context(request: SignedInRequest, run: Run) -> dict[str, object]:
    detail = run_detail(run, request.user)
    return {
        "detail": detail,
        "run": run,
        "status": detail.status,
        "machine_charts": machine_charts(run),
        "command": as_command(run, shows_paths=request.user.is_site_admin),
        "curl": as_curl(run, address=request.build_absolute_uri("/api/v1/runs/")),
        "is_admin": request.user.is_site_admin,
    }


def _curves(run: Run) -> dict[str, object]:
    return {"charts": charts_of(curves_of(run)), "is_live": run.state in UNFINISHED}
