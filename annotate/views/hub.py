"""A data set of a hub: its files, one of them on its way here."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.transfers import HubForm
from annotate.imports import hub_datasets
from annotate.imports.fetching import queue_fetch
from annotate.models import UNFINISHED, HubFetch, Role
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def hub_files(request: SignedInRequest, slug: str) -> HttpResponse:
    """What files a data set has; one is chosen, and fetched in the background."""
    project = project_for(request.user, slug, Role.LEAD)
    if not hub_datasets.is_offered():
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    form = HubForm(given if "dataset" in given else None)
    files: list[hub_datasets.HubFile] | None = None
    if form.is_valid():
        dataset, revision = form.cleaned_data["dataset"], form.cleaned_data["revision"]
        try:
            if request.method == "POST":
                queued = queue_fetch(
                    project=project,
                    requested_by=annotator_for(request.user),
                    dataset=dataset,
                    revision=revision,
                    path=request.POST.get("path", ""),
                )
                return redirect("annotate:hub_fetch", slug=slug, fetch_id=queued.public_id)
            files = hub_datasets.files_of(dataset, revision)
        except AccordError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    context = project_context(request, project) | {"form": form, "files": files}
    return render(request, "annotate/hub_files.html", context)


@login_required
@require_GET
def hub_fetch(request: SignedInRequest, slug: str, fetch_id: UUID) -> HttpResponse:
    """The page asks for its own live part while the file is on its way."""
    project = project_for(request.user, slug, Role.LEAD)
    found = HubFetch.objects.select_related("upload", "came_in_as")
    shown = get_object_or_404(found, project=project, public_id=fetch_id)
    template = "annotate/_hub_fetch_live.html" if request.htmx else "annotate/hub_fetch.html"
    context = project_context(request, project) | {
        "fetch": shown,
        "is_live": shown.state in UNFINISHED,
    }
    return render(request, template, context)
