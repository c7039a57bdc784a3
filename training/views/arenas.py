"""Checkpoints into an arena."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.forms.arenas import CheckpointArenaForm
from training.forms.refusal import show_refusal
from training.runs.arena_runs import open_checkpoint_arena


@login_required
@require_http_methods(["GET", "POST"])
def new_arena(request: SignedInRequest) -> HttpResponse:
    """Then the project's page of the arena says how far the answers are."""
    require_site_admin(request.user)
    first: dict[str, str | list[str]] = {
        "project": request.GET.get("project", ""),
        "checkpoints": request.GET.getlist("checkpoint"),
    }
    form = CheckpointArenaForm(sent(request), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            arena, runs = open_checkpoint_arena(**form.request(), requested_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            said = ngettext(
                "%(n)d checkpoint is asked for its answers; the arena opens with the last of them.",
                "%(n)d checkpoints are asked for their answers; the arena opens with the last.",
                len(runs),
            )
            messages.success(request, said % {"n": len(runs)})
            return redirect("annotate:arena", slug=arena.project.slug, arena_id=arena.public_id)
    return render(request, "training/arena_new.html", {"form": form})
