"""Rounds: what ran by itself, why, and what came of each step."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from training.access.permissions import recipe_for, round_for
from training.automation.rounds import cancel_round, resume_round
from training.automation.told_reasons import told
from training.reports.rounds import round_detail, round_list, rounds_of
from training.views.desk import require_entry
from training.views.refusals import carry_out


@login_required
@require_GET
def rounds(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    page = page_of(round_list(request.user), request)
    told(page.rows, request.user)
    context = {"page": page}
    return render(request, "training/rounds.html", context)


@login_required
@require_GET
def rounds_of_recipe(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    recipe = recipe_for(request.user, public_id)
    page = page_of(rounds_of(recipe), request)
    told(page.rows, request.user)
    context = {"page": page, "recipe": recipe}
    return render(request, "training/rounds.html", context)


@login_required
@require_GET
def round_page(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The whole page, or, for its own polling, the part that changes."""
    detail = round_detail(round_for(request.user, public_id), request.user)
    context = {
        "detail": detail,
        "round": detail.round,
        "is_admin": request.user.is_site_admin,
    }
    template = "training/_round_live.html" if request.htmx else "training/round.html"
    return render(request, template, context)


@login_required
@require_POST
def round_cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = round_for(request.user, public_id)
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: cancel_round(round_id=found.public_id, cancelled_by=request.user),
        said=_("Cancelled. What runs of it stops in a few seconds and keeps its last checkpoint."),
    )
    return redirect("training:round", public_id=public_id)


@login_required
@require_POST
def round_resume(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = round_for(request.user, public_id)
    require_site_admin(request.user)
    carry_out(
        request,
        lambda: resume_round(round_id=found.public_id, resumed_by=request.user),
        said=_("It goes on where it stopped."),
    )
    return redirect("training:round", public_id=public_id)
