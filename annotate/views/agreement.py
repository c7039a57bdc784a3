"""How far people agree: the figures of a project, for those who lead it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.models import Role
from annotate.permissions import project_for
from annotate.selectors import progress
from annotate.views.projects import project_context


@login_required
@require_GET
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    context = project_context(request, project) | {"progress": progress(project)}
    return render(request, "annotate/agreement.html", context)
