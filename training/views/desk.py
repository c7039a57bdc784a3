"""The front page of training: what runs, what there is to learn from, what came of it."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotate.access.signed_in import SignedInRequest
from annotate.models import User
from training.access.permissions import may_enter
from training.reports.desk_page import desk


def require_entry(user: User) -> None:
    """Raises: PermissionDenied for whoever leads no project and is no admin."""
    if not may_enter(user):
        raise PermissionDenied(_("Training is for admins and for leads of projects."))


@login_required
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {"desk": desk(request.user), "is_admin": request.user.is_site_admin}
    template = "training/_desk.html" if request.htmx else "training/index.html"
    return render(request, template, context)
