"""Servers of models: kept by site admins, and by leads for their project where that is allowed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import (
    annotator_for,
    has_role,
    keeps_endpoints_of,
    project_for,
    require_keeper_of_endpoints,
    require_site_admin,
)
from annotate.access.signed_in import SignedInRequest
from annotate.endpoints.endpoints import change_endpoint, make_endpoint, try_endpoint
from annotate.endpoints.spending import month_of
from annotate.errors import AccordError
from annotate.forms.endpoints import EndpointForm
from annotate.forms.sent import sent
from annotate.models import Endpoint, Project, Role
from annotate.views.projects import project_context


@login_required
@require_GET
def endpoints(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    rows = [
        (endpoint, month_of(endpoint))
        for endpoint in Endpoint.objects.select_related("project").order_by("name")
    ]
    return render(request, "annotate/endpoints.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, slug: str = "") -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD) if slug else None
    require_keeper_of_endpoints(request.user, project)
    form = EndpointForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = make_endpoint(
                made_by=annotator_for(request.user), project=project, **form.values()
            )
        except AccordError as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The endpoint is kept. Try it now."))
            return redirect("annotate:endpoint", endpoint_id=endpoint.public_id)
    return render(request, "annotate/endpoint.html", _context(request, project) | {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _kept_by(request, endpoint_id)
    form = EndpointForm(sent(request), endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            change_endpoint(
                endpoint=endpoint, changed_by=annotator_for(request.user), **form.values()
            )
        except AccordError as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The change was saved."))
            return redirect("annotate:endpoint", endpoint_id=endpoint_id)
    context = _context(request, endpoint.project) | {
        "form": form,
        "endpoint": endpoint,
        "month": month_of(endpoint),
    }
    return render(request, "annotate/endpoint.html", context)


@login_required
@require_POST
def attempt(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _kept_by(request, endpoint_id)
    try:
        tried = try_endpoint(endpoint, model=request.POST.get("model", ""))
    except AccordError as error:
        messages.error(request, str(error))
    else:
        say = messages.success if tried.is_good else messages.error
        said = f" “{tried.written.text[:80]}”" if tried.written and tried.written.text else ""
        say(request, tried.sentence + said)
    return redirect("annotate:endpoint", endpoint_id=endpoint_id)


def _kept_by(request: SignedInRequest, endpoint_id: UUID) -> Endpoint:
    """Raises: Http404 where it is nothing of theirs; PermissionDenied where they only use it."""
    found = Endpoint.objects.select_related("project").filter(public_id=endpoint_id).first()
    if found is None or (
        found.project is not None
        and not request.user.is_site_admin
        and not has_role(request.user, found.project, Role.ANNOTATOR)
    ):
        raise Http404
    require_keeper_of_endpoints(request.user, found.project)
    return found


def _context(request: SignedInRequest, project: Project | None) -> dict[str, object]:
    if project is None:
        return {"base": "base.html"}
    return project_context(request, project) | {
        "base": "annotate/project_base.html",
        "keeps_endpoints": keeps_endpoints_of(request.user, project),
    }


def _show_at_its_field(form: EndpointForm, error: AccordError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))
