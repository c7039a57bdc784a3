"""The first page after signing in: the projects, each with what is waiting for me in it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.access.permissions import leads_any
from annotate.access.signed_in import SignedInRequest
from annotate.projects.waiting import waiting_for


@login_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    return render(
        request,
        "annotate/home.html",
        {
            "entries": waiting_for(request.user),
            "may_create_projects": leads_any(request.user),
        },
    )
