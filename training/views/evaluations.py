"""Measuring a checkpoint, and the report of it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import visible_evaluations
from training.forms.evaluations import EvaluationForm
from training.forms.refusal import show_refusal
from training.reports.evaluation_report import report_to_keep
from training.runs.checks import advice_of
from training.runs.queue import queue_evaluation_run


@login_required
@require_http_methods(["GET", "POST"])
def new_evaluation(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    first = {name: request.GET[name] for name in ("checkpoint", "snapshot") if name in request.GET}
    form = EvaluationForm(sent(request), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            queued = queue_evaluation_run(**form.request(), requested_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            for sentence in advice_of(queued):
                messages.warning(request, sentence)
            return redirect("training:run", public_id=queued.public_id)
    return render(request, "training/evaluation_new.html", {"form": form})


@login_required
@require_GET
def report(request: SignedInRequest, public_id: uuid.UUID) -> FileResponse:
    found = visible_evaluations(request.user).filter(public_id=public_id).first()
    if found is None or not found.report:
        raise Http404("There is no such report.")
    return report_to_keep(found)
