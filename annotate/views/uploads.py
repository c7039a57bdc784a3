"""A file that was dropped: what it is, its first pairs as they will be judged, then the import."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.forms.transfers import UploadForm
from annotate.imports.uploads import import_upload, keep_choices, look_at, take_away
from annotate.models import Import, Project, Role, Upload
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest, slug: str, upload_id: UUID) -> HttpResponse:
    """Look at a file again and again, with other choices, until it is imported or taken away."""
    project = project_for(request.user, slug, Role.LEAD)
    try:
        return _look_or_import(
            request, project, Upload.objects.get(project=project, public_id=upload_id)
        )
    except (Upload.DoesNotExist, FileNotFoundError):  # taken away, or imported by a second click
        became = get_object_or_404(Import, project=project, public_id=upload_id)
        return redirect("annotate:import", slug=slug, import_id=became.public_id)


def _look_or_import(request: SignedInRequest, project: Project, kept: Upload) -> HttpResponse:
    """Raises: FileNotFoundError."""
    if "discard" in request.POST:
        take_away(kept)
        messages.success(request, _("The file was taken away."))
        return redirect("annotate:imports", slug=project.slug)
    look = look_at(kept)
    form = UploadForm(
        sent(request),
        names=look.preview.columns,
        initial={**kept.choices, **{f"is_{name}": to for name, to in look.columns.items()}},
    )
    if request.method == "POST" and form.is_valid():
        keep_choices(kept, form.cleaned_data, form.columns())
        if "import" not in request.POST:
            return redirect("annotate:upload", slug=project.slug, upload_id=kept.public_id)
        try:
            queued = import_upload(kept, requested_by=annotator_for(request.user))
        except AccordError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The file has arrived and is being read."))
            return redirect("annotate:import", slug=project.slug, import_id=queued.public_id)
    context = project_context(request, project) | {"upload": kept, "look": look, "form": form}
    return render(request, "annotate/upload.html", context)
