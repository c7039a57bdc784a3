"""Arenas of a project, for its leads alone: whoever judges must not know who wrote what."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.arena.closing import close_arena, reopen_arena
from annotate.arena.counted_votes import count_votes
from annotate.arena.creating import create_arena
from annotate.arena.known_to_training import awaited_answers
from annotate.arena.shown_standings import shown_parts, shown_standings
from annotate.arena.tending import recount_where_changed
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.arenas import ArenaForm
from annotate.forms.sent import sent
from annotate.models import Arena, ArenaState, Role
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def arenas(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = ArenaForm(sent(request), project=project)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_arena(
                project=project, created_by=annotator_for(request.user), **form.request()
            )
        except AccordError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The arena is open. Its pairs are judged first."))
            return redirect("annotate:arena", slug=slug, arena_id=made.public_id)
    rows = project.arenas.defer("standings").annotate(
        n_contestants=Count("contestants", distinct=True)
    )
    context = project_context(request, project) | {"form": form, "page": page_of(rows, request)}
    return render(request, "annotate/arenas.html", context)


@login_required
@require_GET
def arena(request: SignedInRequest, slug: str, arena_id: UUID) -> HttpResponse:
    """Reads what a worker stored, and never computes; it asks for what has changed since."""
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Arena, project=project, public_id=arena_id)
    stored = shown.standings
    contestants = list(shown.contestants.annotate(n_entries=Count("entries")).order_by("number"))
    is_preparing = shown.state == ArenaState.PREPARING
    awaited = awaited_answers(shown) if is_preparing else {}
    votes = count_votes(shown)
    context = project_context(request, project) | {
        "arena": shown,
        "is_open": shown.state == ArenaState.OPEN,
        "is_preparing": is_preparing,
        "is_lost": any(one.is_lost for one in awaited.values()),
        "is_closed": shown.state == ArenaState.CLOSED,
        "contestants": [(one, awaited.get(one.origin)) for one in contestants],
        "n_prompts": shown.prompts.count(),
        "n_votes": votes.n_of_people,
        "n_others": votes.n_others,
        "is_unknown": any(one.has_seen_prompts is None for one in contestants),
        "standings": None if stored is None else shown_standings(stored["overall"]),
        "tags": [] if stored is None else shown_parts(stored["tags"]),
        "cohorts": [] if stored is None else shown_parts(stored["cohorts"]),
        "is_recounted": recount_where_changed(shown, votes),
    }
    return render(request, "annotate/arena.html", context)


@login_required
@require_POST
def close(request: SignedInRequest, slug: str, arena_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Arena, project=project, public_id=arena_id)
    try:
        close_arena(arena_id=shown.pk, closed_by=annotator_for(request.user))
        messages.success(request, _("The arena is closed. What was judged stays."))
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:arena", slug=slug, arena_id=arena_id)


@login_required
@require_POST
def reopen(request: SignedInRequest, slug: str, arena_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    shown = get_object_or_404(Arena, project=project, public_id=arena_id)
    try:
        reopen_arena(arena_id=shown.pk, reopened_by=annotator_for(request.user))
        messages.success(request, _("The arena goes on."))
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:arena", slug=slug, arena_id=arena_id)
