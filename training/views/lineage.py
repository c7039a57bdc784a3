"""From votes to models and back."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.comparisons.visible import visible_comparisons
from annotate.judging.exposures import record_exposure, record_exposures
from annotate.models import Role
from training.access.permissions import checkpoint_for, visible_snapshots
from training.lineage.behind import snapshots_behind
from training.lineage.picture import drawn
from training.lineage.used_votes import graph_onwards, snapshots_with, used_votes, votes_page


@login_required
@require_GET
def votes_behind(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Which votes made this model. Whoever reads them may no longer judge what they are about."""
    found = checkpoint_for(request.user, public_id)
    snapshots = snapshots_behind(found)
    asked = request.GET.get("snapshot")
    chosen = next((one for one in snapshots if asked is None or str(one.public_id) == asked), None)
    if chosen is None and asked is not None:
        raise Http404("It did not learn from such a snapshot.")
    context: dict[str, object] = {"checkpoint": found, "snapshots": snapshots, "chosen": chosen}
    if chosen is not None:
        after = request.GET.get("after", "")
        is_position = after.isdecimal() and len(after) < 10
        page = votes_page(chosen, after=int(after) if is_position else -1)
        record_exposures(  # of these alone: a snapshot may hold all of a large project
            annotator=annotator_for(request.user),
            comparisons=[pair.preference.comparison for pair in page.pairs],
        )
        context["page"] = page
    return render(request, "training/votes_behind.html", context)


@login_required
@require_GET
def what_votes_made(request: SignedInRequest, slug: str, comparison_id: uuid.UUID) -> HttpResponse:
    """Which snapshots, runs and checkpoints the votes of a comparison went into."""
    project = project_for(request.user, slug, Role.LEAD)
    comparison = get_object_or_404(
        visible_comparisons(project).select_related("prompt", "project"), public_id=comparison_id
    )
    record_exposure(annotator=annotator_for(request.user), comparison=comparison)
    votes = used_votes(comparison)
    seen = visible_snapshots(request.user).filter(pk__in=[one.pk for one in snapshots_with(votes)])
    context = {
        "project": project,
        "comparison": comparison,
        "votes": votes,
        "seen": set(seen),
        "picture": drawn(graph_onwards(comparison, votes, request.user)),
    }
    return render(request, "training/what_votes_made.html", context)
