"""The workers: what they are, what they do, and whether they take more."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from training.reports.fleet_page import fleet_page
from training.runs.drains import drain_worker, let_worker_go_on
from training.views.refusals import carry_out


@login_required
@require_GET
def workers(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    template = "training/_workers.html" if request.htmx else "training/workers.html"
    return render(request, template, {"fleet": fleet_page()})


@login_required
@require_POST
def worker_drain(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: drain_worker(worker_id=public_id, drained_by=request.user),
        said=_("It finishes what it is doing and takes no more."),
    )
    return redirect("training:workers")


@login_required
@require_POST
def worker_go_on(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: let_worker_go_on(worker_id=public_id, asked_by=request.user),
        said=_("It takes runs again."),
    )
    return redirect("training:workers")
