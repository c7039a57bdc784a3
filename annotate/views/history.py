"""What I have judged: my own verdicts, by the sides I saw, and nobody else's."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.models import Judgement
from annotate.views.projects import project_context


@login_required
@require_GET
def history(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    mine = Judgement.objects.filter(
        project=project, annotator__user=request.user, withdrawn_at=None
    ).select_related("comparison__prompt")
    context = project_context(request, project) | {"page": page_of(mine, request)}
    return render(request, "annotate/history.html", context)
