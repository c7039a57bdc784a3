"""The stream of rulings: a disputed comparison without its votes, then the votes and the next."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.comparisons.visible import visible_comparisons
from annotate.errors import AccordError
from annotate.forms.adjudication import CommentForm, PlaceForm, RulingForm
from annotate.judging.rulings import comment_on_ruling, next_for, rule_blind, waiting_for
from annotate.judging.shown_pair import blind_pair
from annotate.judging.sides import lies_first_on_the_left
from annotate.models import Adjudication, Project, Role
from annotate.views.projects import project_context


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def rulings(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    if request.method == "POST":
        return _rule(request, project)
    place = PlaceForm(request.GET)
    place.is_valid()
    return _stream(request, project, **place.cleaned_data)


def _stream(
    request: SignedInRequest,
    project: Project,
    *,
    after: UUID | None = None,
    last: UUID | None = None,
    refused: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """What waits behind `after`, and their last ruling with the form of its comment.

    A comment that was refused stands there again; or beside, where the ruling is no longer theirs.
    """
    reviewer = annotator_for(request.user)
    waiting = next_for(reviewer, project, after=after)
    last_ruling = _last_ruling(request, project, last)
    if refused is not None and last_ruling is not None:
        last_ruling["form"] = refused
    context = project_context(request, project) | {
        "last": last_ruling,
        "waiting": waiting,
        "n_waiting": waiting_for(reviewer, project).count(),
    }
    if refused is not None and last_ruling is None:
        context["typed"] = {"words": [refused["note"].value()]}
    if waiting is not None:
        context["pair"] = blind_pair(
            waiting, first_is_left=lies_first_on_the_left(reviewer, waiting)
        )
    return render(request, "annotate/rulings.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def comment(request: SignedInRequest, slug: str, comparison_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    ruled = get_object_or_404(visible_comparisons(project), public_id=comparison_id)
    if request.method == "GET":  # a page with a refusal is read again, or in another language
        return _to_the_stream(project, last=comparison_id)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _stream(request, project, last=comparison_id, refused=form, status=400)
    try:
        comment_on_ruling(
            reviewer=annotator_for(request.user), comparison=ruled, note=form.cleaned_data["note"]
        )
    except AccordError as error:
        messages.warning(request, str(error))
        return _stream(request, project, last=comparison_id, refused=form, status=error.status)
    messages.success(request, _("Your comment was kept."))
    return _to_the_stream(project, last=comparison_id)


def _rule(request: SignedInRequest, project: Project) -> HttpResponse:
    form = RulingForm(request.POST)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        messages.error(request, f"{form[field].label}: {errors[0]}")
        return _to_the_stream(project)
    chosen = form.cleaned_data["comparison"]
    try:
        rule_blind(
            reviewer=annotator_for(request.user),
            project=project,
            comparison_id=chosen,
            side=form.cleaned_data["side"],
        )
    except AccordError as error:
        messages.warning(request, str(error))
    return _to_the_stream(project, last=chosen)


def _last_ruling(
    request: SignedInRequest, project: Project, comparison_id: UUID | None
) -> dict[str, object] | None:
    """What they ruled just now, with the votes: they have seen them by ruling."""
    if comparison_id is None:
        return None
    ruling = (
        Adjudication.objects.select_related("comparison")
        .filter(
            reviewer=annotator_for(request.user),
            comparison__public_id=comparison_id,
            comparison__project=project,
            superseded_at=None,
        )
        .first()
    )
    if ruling is None:
        return None
    judgements = ruling.comparison.judgements.filter(withdrawn_at=None)
    return {
        "ruling": ruling,
        "judgements": judgements.select_related("annotator"),
        "form": CommentForm(initial={"note": ruling.note}),
    }


def _to_the_stream(project: Project, *, last: UUID | None = None) -> HttpResponse:
    address = reverse("annotate:rulings", args=[project.slug])
    return redirect(address if last is None else f"{address}?last={last}")
