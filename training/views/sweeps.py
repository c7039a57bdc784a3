"""Sweeps: several values in one form, the best in one table."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alignment_core.configs import METHODS
from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import sweep_for, visible_sweeps
from training.contrast.compared import MOST_COMPARED
from training.contrast.swept import swept
from training.forms.refusal import show_refusal
from training.forms.sweeps import SweepForm
from training.runs.sweeps import cancel_sweep, queue_sweep
from training.views.desk import require_entry
from training.words.methods import METHODS_IN_WORDS, method_groups

MOST_SWEEPS = 200


@login_required
@require_GET
def sweeps(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    rows = visible_sweeps(request.user).annotate(n_runs=Count("runs", distinct=True))
    rows = rows.order_by("-queued_at", "-pk")
    context = {"sweeps": rows[:MOST_SWEEPS], "is_admin": request.user.is_site_admin}
    return render(request, "training/sweeps.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_sweep(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    asked = request.GET.get("method", "dpo")
    method = asked if asked in METHODS else "dpo"
    first = {name: str(value) for name, value in request.GET.items() if name != "method"}
    form = SweepForm(sent(request), method=method, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            sweep = queue_sweep(**form.request(), requested_by=request.user)
        except AccordError as error:
            show_refusal(form, error, at=form.values_field(error.field))
        else:
            return redirect("training:sweep", public_id=sweep.public_id)
    context = {
        "form": form,
        "method": method,
        "method_groups": method_groups(),
        "sentence": METHODS_IN_WORDS[method].sentence,
        "query": "",
    }
    return render(request, "training/sweep_new.html", context)


@login_required
@require_GET
def sweep(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = sweep_for(request.user, public_id)
    table = swept(found, request.user, by=request.GET.get("by", ""))
    context = {
        "swept": table,
        "sweep": found,
        "first_run": table.runs[0].run if table.runs else None,
        "best": [row.run for row in table.runs[:MOST_COMPARED]],
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/sweep.html", context)


@login_required
@require_POST
def sweep_cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = sweep_for(request.user, public_id)
    require_site_admin(request.user)
    try:
        n_cancelled = cancel_sweep(sweep_id=found.public_id, requested_by=request.user)
    except AccordError as error:
        messages.error(request, str(error.message))
    else:
        said = ngettext(
            "%(n)d run is cancelled; what runs already keeps its last checkpoint.",
            "%(n)d runs are cancelled; what runs already keeps its last checkpoint.",
            n_cancelled,
        )
        messages.success(request, said % {"n": n_cancelled})
    return redirect("training:sweep", public_id=public_id)
