"""Snapshots: what there is to learn from, frozen."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.models import AnnotatorKind
from training.access.permissions import snapshot_for
from training.forms.refusal import show_refusal
from training.forms.snapshots import SnapshotForm
from training.lineage.graph import graph_of_snapshot
from training.lineage.picture import drawn
from training.reports.desk_page import snapshot_list
from training.reports.snapshot_page import same_content, snapshot_detail, snapshot_lines
from training.snapshots.archive import archive_name, archive_of
from training.snapshots.freezing import freeze_snapshot, note_reading
from training.views.desk import require_entry


@login_required
@require_GET
def snapshots(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {
        "snapshots": snapshot_list(request.user),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/snapshots.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_snapshot(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    form = SnapshotForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            snapshot = freeze_snapshot(
                name=form.cleaned_data["name"],
                projects=list(form.cleaned_data["projects"]),
                selection=form.selection(),
                frozen_by=request.user,
            )
        except AccordError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Frozen. From here a run can be queued."))
            return redirect("training:snapshot", public_id=snapshot.public_id)
    return render(request, "training/snapshot_new.html", {"form": form})


@login_required
@require_GET
def snapshot(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    detail = snapshot_detail(snapshot_for(request.user, public_id), request.user)
    context = {
        "detail": detail,
        "snapshot": detail.snapshot,
        "picture": drawn(graph_of_snapshot(detail.snapshot, request.user)),
        "same": same_content(detail.snapshot, request.user),
        "kinds": [
            (AnnotatorKind(kind), n_judgements)
            for kind, n_judgements in sorted(detail.snapshot.judgements_by_kind.items())
        ],
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/snapshot.html", context)


@login_required
@require_GET
def snapshot_archive(request: SignedInRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    found = snapshot_for(request.user, public_id)
    note_reading(snapshot=found, reader=request.user)
    return StreamingHttpResponse(
        archive_of(found),
        content_type="application/x-tar",
        headers={"Content-Disposition": f'attachment; filename="{archive_name(found)}.tar"'},
    )


@login_required
@require_GET
def snapshot_download(request: SignedInRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    found = snapshot_for(request.user, public_id)
    note_reading(snapshot=found, reader=request.user)
    return StreamingHttpResponse(
        snapshot_lines(found),
        content_type="application/jsonl",
        headers={
            "Content-Disposition": f'attachment; filename="snapshot-{found.digest[:12]}.jsonl"'
        },
    )
