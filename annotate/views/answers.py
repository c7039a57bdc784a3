"""Answers from models: what waits for them, having them written, and how far that is."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, keeps_endpoints_of, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.endpoints.endpoints import endpoints_for
from annotate.endpoints.money import in_words
from annotate.errors import AccordError
from annotate.forms.answers import FillForm, ResumeForm
from annotate.forms.sent import sent
from annotate.generation.chosen_prompts import Selection, waiting
from annotate.generation.queueing import (
    cancel_generation,
    estimate,
    queue_generation,
    resume_generation,
)
from annotate.models import (
    UNFINISHED,
    Generation,
    GenerationState,
    Role,
    WantedCompletion,
    WantedState,
)
from annotate.views.projects import project_context

SHOWN_FAILURES = 20


@login_required
@require_http_methods(["GET", "POST"])
def answers(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form estimates first, and starts at the second press."""
    project = project_for(request.user, slug, Role.LEAD)
    form = FillForm(sent(request), project=project)
    found = None
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {
            "project": project,
            "sources": form.sources(),
            "selection": form.selection(),
        }
        try:
            if "start" in request.POST:
                queued = queue_generation(
                    **asked,
                    requested_by=annotator_for(request.user),
                    cut_completions=form.cleaned_data["cut_completions"],
                    spend_limit=form.spend_limit_given(),
                )
                messages.success(request, _("The models are being asked."))
                return redirect("annotate:generation", slug=slug, generation_id=queued.public_id)
            found = estimate(**asked)
        except AccordError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    rows = project.generations.prefetch_related("sources__endpoint")
    context = project_context(request, project) | {
        "form": form,
        "page": page_of(rows, request),
        "n_waiting": waiting(project, Selection()).count(),
        "has_endpoints": endpoints_for(project).exists(),
        "keeps_endpoints": keeps_endpoints_of(request.user, project),
        "own_endpoints": project.endpoints.order_by("name"),
        "estimate": found,
        "cost_likely": found and in_words(found.cost_likely, found.currency),
        "cost_most": found and in_words(found.cost_most, found.currency),
    }
    return render(request, "annotate/answers.html", context)


@login_required
@require_GET
def generation(request: SignedInRequest, slug: str, generation_id: UUID) -> HttpResponse:
    """The page asks for its own live part while the work goes on."""
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Generation, project=project, public_id=generation_id)
    failed = WantedCompletion.objects.filter(generation=shown, state=WantedState.FAILED)
    limit = shown.spend_limit
    context = project_context(request, project) | {
        "generation": shown,
        "sources": shown.sources.select_related("endpoint").order_by("place"),
        "is_live": shown.state in UNFINISHED,
        "may_resume": shown.state in (GenerationState.FAILED, GenerationState.CANCELLED)
        and shown.forgotten_at is None,
        "spent": in_words(shown.spent, shown.currency),
        "limit": None if limit is None else in_words(limit, shown.currency),
        "failures": failed.select_related("prompt", "source").order_by("pk")[:SHOWN_FAILURES],
        "form": ResumeForm(),
    }
    template = "annotate/_generation_live.html" if request.htmx else "annotate/generation.html"
    return render(request, template, context)


@login_required
@require_POST
def cancel(request: SignedInRequest, slug: str, generation_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Generation, project=project, public_id=generation_id)
    try:
        cancel_generation(generation=shown, cancelled_by=annotator_for(request.user))
        messages.success(request, _("Nothing more is asked; what is on its way is kept."))
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:generation", slug=slug, generation_id=generation_id)


@login_required
@require_POST
def resume(request: SignedInRequest, slug: str, generation_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Generation, project=project, public_id=generation_id)
    form = ResumeForm(request.POST)
    try:
        if form.is_valid():
            resume_generation(
                generation=shown, resumed_by=annotator_for(request.user), spend_limit=form.limit()
            )
            messages.success(request, _("It goes on where it ended."))
        else:
            messages.error(request, str(next(iter(form.errors.values()))[0]))
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:generation", slug=slug, generation_id=generation_id)
