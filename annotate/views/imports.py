"""Files into a project: upload, watch, read what was wrong."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.forms.transfers import ImportForm
from annotate.imports.hub_datasets import is_offered
from annotate.imports.importing import queue_import
from annotate.imports.known_formats import known_formats
from annotate.imports.sent_twice import id_asked_for
from annotate.imports.uploads import HOW, keep_upload
from annotate.models import UNFINISHED, Import, Role
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = ImportForm(sent(request), request.FILES or None)
    if "look" in request.POST and form.is_valid():
        upload = keep_upload(project, annotator_for(request.user), form.cleaned_data)
        return redirect("annotate:upload", slug=slug, upload_id=upload.public_id)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        choices = {name: form.cleaned_data[name] for name in HOW}
        try:
            queued = queue_import(
                project=project,
                requested_by=annotator_for(request.user),
                file=file,
                file_name=file.name,
                public_id=id_asked_for(form.cleaned_data["token"] or uuid4(), file, choices),
                **choices,
            )
        except AccordError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("The file has arrived and is being read."))
            return redirect("annotate:import", slug=slug, import_id=queued.public_id)
    context = project_context(request, project) | {
        "form": form,
        "page": page_of(project.imports.all(), request),
        "has_hub": is_offered(),
    }
    return render(request, "annotate/imports.html", context)


@login_required
@require_GET
def one_import(request: SignedInRequest, slug: str, import_id: UUID) -> HttpResponse:
    """The page asks for its own live part while the work goes on."""
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Import, project=project, public_id=import_id)
    template = "annotate/_import_live.html" if request.htmx else "annotate/import.html"
    context = project_context(request, project) | {
        "import": shown,
        "is_live": shown.state in UNFINISHED,
    }
    return render(request, template, context)


@login_required
@require_GET
def import_formats(request: SignedInRequest, slug: str) -> HttpResponse:
    """What files may look like, with a row of each."""
    project = project_for(request.user, slug, Role.LEAD)
    context = project_context(request, project) | {"formats": known_formats()}
    return render(request, "annotate/import_formats.html", context)
