"""The registry of models: what each is worth, and where it came from."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.models import UNFINISHED
from training.access.permissions import checkpoint_for, visible_evaluations
from training.checkpoints.registrations import bring_base, registrations_to_show
from training.forms.promotion import ProposeForm
from training.forms.refusal import show_refusal
from training.forms.runs import BaseForm
from training.lineage.graph import graph_of_checkpoint
from training.lineage.picture import drawn
from training.models import Registration
from training.promotion.in_use import names_for
from training.reports.checkpoint_archive import archive_of
from training.reports.checkpoint_page import checkpoint_detail
from training.reports.desk_page import checkpoint_list
from training.reports.same_pairs import beside_others, checkpoint_rows
from training.reports.ways_to_use import ways_to_use
from training.runs.merge_run import queue_merge_run
from training.views.desk import require_entry
from training.views.proposals import proposable_in


@login_required
@require_GET
def checkpoints(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    newest_first = Prefetch(
        "evaluations", visible_evaluations(request.user).order_by("-recorded_at")
    )
    registrations = list(registrations_to_show()) if request.user.is_site_admin else []
    reading = {
        "registrations": registrations,
        "is_reading": any(row.state in UNFINISHED for row in registrations),
    }
    if request.htmx:
        response = render(request, "training/_registrations.html", reading)
        if not reading["is_reading"]:
            response["HX-Refresh"] = "true"  # the list has a new row
        return response
    context = reading | {
        "rows": checkpoint_rows(checkpoint_list(request.user).prefetch_related(newest_first)),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/checkpoints.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_base(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    form = BaseForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            brought = bring_base(**form.cleaned_data, brought_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            if isinstance(brought, Registration):
                return redirect("training:checkpoints")
            messages.success(request, _("Known from now on. Runs can start from it."))
            return redirect("training:checkpoint", public_id=brought.public_id)
    return render(request, "training/base_new.html", {"form": form})


@login_required
@require_GET
def checkpoint(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    detail = checkpoint_detail(checkpoint_for(request.user, public_id), request.user)
    context = {
        "detail": detail,
        "measured": [(one, beside_others(one, request.user)) for one in detail.evaluations],
        "checkpoint": detail.checkpoint,
        "picture": drawn(graph_of_checkpoint(detail.checkpoint, request.user)),
        "names": names_for(detail.checkpoint, request.user),
        "propose": ProposeForm(projects=proposable_in(detail.checkpoint)),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/checkpoint.html", context)


@login_required
@require_GET
def checkpoint_download(request: SignedInRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    found = checkpoint_for(request.user, public_id)
    if found.dropped_at is not None:
        raise Http404("Its files were deleted.")
    detail = checkpoint_detail(found, request.user)
    return StreamingHttpResponse(
        archive_of(found),
        content_type="application/x-tar",
        headers={
            "Content-Disposition": f'attachment; filename="{detail.archive_name}"',
            "Content-Length": str(detail.archive_size),
        },
    )


@login_required
@require_POST
def checkpoint_merge(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = checkpoint_for(request.user, public_id)
    require_site_admin(request.user)
    try:
        queued = queue_merge_run(checkpoint=found, requested_by=request.user)
    except AccordError as error:
        messages.error(request, str(error.message))
        return redirect("training:checkpoint", public_id=public_id)
    return redirect("training:run", public_id=queued.public_id)


@login_required
@require_GET
def checkpoint_use(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = checkpoint_for(request.user, public_id)
    if found.dropped_at is not None:
        raise Http404("Its files were deleted.")
    address = request.build_absolute_uri(reverse("api:checkpoint-download", args=[public_id]))
    context = {"checkpoint": found, "ways": ways_to_use(found, address=address)}
    return render(request, "training/checkpoint_use.html", context)
