"""Files out of a project: ask for one, then download it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.exports.beside import beside
from annotate.exports.exporting import download_name, open_export, queue_export, usual_edits
from annotate.exports.formats import FORMATS
from annotate.forms.sent import sent
from annotate.forms.transfers import ExportForm
from annotate.models import UNFINISHED, Export, Role, WorkState
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def exports(request: SignedInRequest, slug: str) -> HttpResponse:
    """What was exported, kept up to date by itself while something is being written."""
    project = project_for(request.user, slug, Role.LEAD)
    form = ExportForm(sent(request), initial={"edits": usual_edits(project)})
    if request.method == "POST" and form.is_valid():
        try:
            queue_export(
                project=project,
                requested_by=annotator_for(request.user),
                format=form.cleaned_data["format"],
                options=form.options(),
            )
        except AccordError as error:
            form.add_error(error.field if error.field in form.fields else "format", str(error))
        else:
            messages.success(request, _("The export is being written."))
            return redirect("annotate:exports", slug=slug)
    page = page_of(project.exports.all(), request)
    context = project_context(request, project) | {
        "form": form,
        "page": page,
        "formats": FORMATS,
        "is_live": any(export.state in UNFINISHED for export in page.rows),
    }
    template = "annotate/_exports_live.html" if request.htmx else "annotate/exports.html"
    return render(request, template, context)


@login_required
@require_GET
def download(request: SignedInRequest, slug: str, export_id: UUID) -> FileResponse:
    project = project_for(request.user, slug, Role.LEAD)
    export = get_object_or_404(
        Export, project=project, public_id=export_id, state=WorkState.SUCCEEDED
    )
    return FileResponse(
        open_export(export, reader=annotator_for(request.user)),
        as_attachment=True,  # what people wrote must not open as a page of this site
        filename=download_name(export),
        content_type="application/octet-stream",
    )


@login_required
@require_GET
def download_beside(
    request: SignedInRequest, slug: str, export_id: UUID, name: str
) -> JsonResponse:
    """What lies beside a finished file: its card, or what a reader of it needs to find it."""
    project = project_for(request.user, slug, Role.LEAD)
    export = get_object_or_404(
        Export, project=project, public_id=export_id, state=WorkState.SUCCEEDED
    )
    content = beside(export).get(name)
    if content is None:
        raise Http404
    return JsonResponse(
        content,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
