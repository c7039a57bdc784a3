"""Judging without a network: a page that the browser keeps, and what it fetches and sends.

The page holds no pair: they go to the browser's database by `take`, and what was done with them
comes back by `send`, one action after another. See static/js/offline_store.js for what is kept.
"""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import annotator_for, memberships_of, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.judging import FlagForm, LeaseForm, SideForm, SkipForm
from annotate.forms.offline import OwnerForm
from annotate.judging.flags import flag_comparison
from annotate.judging.offline import give_back, protocol_along, take_along, taken_along
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.shown_pair import pair_of
from annotate.judging.skips import skip_comparison
from annotate.models import Annotator, FlagReason, Lease, Project, SkipReason
from annotate.projects.waiting import has_unread_guidelines

FORMS: dict[str, type[LeaseForm]] = {"judge": SideForm, "skip": SkipForm, "flag": FlagForm}


@never_cache
@login_required
@require_GET
def page(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    membership = memberships_of(request.user).filter(project=project).first()
    if has_unread_guidelines(project, membership):
        return redirect("annotate:guidelines", slug=slug)
    annotator = annotator_for(request.user)
    context = {
        "project": project,
        "protocol": protocol_along(annotator, project),
        "owner": annotator.public_id,
        "skip_reasons": SkipReason.choices,
        "flag_reasons": FlagReason.choices,
    }
    return render(request, "annotate/judge_offline.html", context)


@login_required
@require_GET
def worker(request: SignedInRequest, slug: str) -> HttpResponse:
    """The script that answers for this page without a network: its address bounds what it sees."""
    project_for(request.user, slug)
    context = {"static_path": static("")}
    return render(request, "annotate/offline_worker.js", context, content_type="text/javascript")


@never_cache
@login_required
@require_GET
def state(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who is signed in, what they still hold, and the token that a page kept for days lacks."""
    project = project_for(request.user, slug)
    annotator = annotator_for(request.user)
    held = taken_along(annotator, project).values_list("public_id", flat=True)
    return JsonResponse(
        {"owner": annotator.public_id, "token": get_token(request), "leases": list(held)}
    )


@login_required
@require_POST
def take(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    try:
        leases = take_along(annotator=annotator_for(request.user), project=project)
    except AccordError as error:
        return _refused(error)
    protocol = protocol_along(annotator_for(request.user), project)
    return JsonResponse(
        {"protocol": protocol.version, "pairs": [_rendered(request, lease) for lease in leases]}
    )


@login_required
@require_POST
def send(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take in one action that was kept on a device; sent again, it has no second effect."""
    project = project_for(request.user, slug)
    annotator = annotator_for(request.user)
    owner, does = OwnerForm(request.POST), request.POST.get("does", "")
    if not owner.is_valid() or owner.cleaned_data["owner"] != annotator.public_id:
        said = _("Somebody else is signed in here. What is kept was not sent.")
        return JsonResponse({"code": "somebody_else", "detail": said}, status=409)
    form = FORMS.get(does, LeaseForm)(request.POST)
    if does not in FORMS or not form.is_valid():
        return JsonResponse(_wrong(form), status=400)
    try:
        return JsonResponse(_record(annotator, project, does, form.cleaned_data))
    except AccordError as error:
        return _refused(error)


@login_required
@require_POST
def give_all_back(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    try:
        n_given_back = give_back(annotator=annotator_for(request.user), project=project)
    except AccordError as error:
        return _refused(error)
    return JsonResponse({"n_given_back": n_given_back})


def _record(
    annotator: Annotator, project: Project, does: str, given: dict[str, Any]
) -> dict[str, Any]:
    """Raises: AccordError."""
    if does == "judge":
        judged = judge_and_hold_next(
            annotator=annotator,
            project=project,
            lease_id=given["lease"],
            answer=given["answer"],
            key=given["key"],
            n_next=0,
        )
        return {"is_counted": judged.recorded.judgement.is_counted}
    service = skip_comparison if does == "skip" else flag_comparison
    service(
        annotator=annotator, lease_id=given["lease"], reason=given["reason"], note=given["note"]
    )
    return {}


def _rendered(request: SignedInRequest, lease: Lease) -> dict[str, Any]:
    """A pair as the page shows it: formulas and code are drawn here, where the means are."""
    pair = pair_of(lease)
    return {
        "lease": lease.public_id,
        "protocol": pair.protocol.version if pair.protocol else None,
        "seconds": (lease.expires_at - timezone.now()).total_seconds(),  # a device's clock may err
        "html": render_to_string("annotate/_pair.html", {"pair": pair}, request),
    }


def _wrong(form: forms.Form) -> dict[str, Any]:
    field, errors = next(iter(form.errors.items()), ("does", [_("This choice is not known.")]))
    return {"code": "invalid_input", "field": field, "detail": str(errors[0])}


def _refused(error: AccordError) -> JsonResponse:
    return JsonResponse(dict(error.as_problem()), status=error.status)
