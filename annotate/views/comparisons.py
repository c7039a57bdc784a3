"""The comparisons of a project, and what people said about one: for reviewers and leads."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, has_role, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.comparisons.visible import visible_comparisons
from annotate.errors import AccordError
from annotate.forms.adjudication import AdjudicationForm, TriageForm
from annotate.forms.comparison_filters import PAGE_MARKS, ComparisonFilterForm
from annotate.forms.quality import GoldForm
from annotate.forms.sent import sent
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure, record_exposures
from annotate.judging.flags import close_flag
from annotate.judging.screen_order import ranked_with
from annotate.judging.triaging import is_contested, triage
from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import tells_votes
from annotate.listing.found import counted, found_page, n_not_searchable
from annotate.listing.pages import WrongMark
from annotate.listing.view_words import chips_of, query_of
from annotate.models import Flag, Project, Role
from annotate.views.bulk_changes import list_tools
from annotate.views.projects import project_context

# What is looked at again and again; each is an address like any other view.
USUAL_VIEWS: tuple[tuple[object, str, Role], ...] = (
    (gettext_lazy("All"), "", Role.REVIEWER),
    (gettext_lazy("People disagree"), "contested=true&sort=divided", Role.REVIEWER),
    (gettext_lazy("Waiting for a ruling"), "state=adjudication", Role.REVIEWER),
    (gettext_lazy("Unclear by the guidelines"), "triage=unclear", Role.REVIEWER),
    (gettext_lazy("Flagged"), "flagged=true", Role.REVIEWER),
    (gettext_lazy("Gold"), "gold=true", Role.LEAD),
)


@login_required
@require_GET
def comparisons(request: SignedInRequest, slug: str) -> HttpResponse:
    """A list without verdicts: seeing them here would spoil every one for its reader."""
    project = project_for(request.user, slug, Role.REVIEWER)
    role = Role.LEAD if has_role(request.user, project, Role.LEAD) else Role.REVIEWER
    form = ComparisonFilterForm(request.GET, role=role)
    context = project_context(request, project) | {"form": form}
    if form.is_valid():
        try:
            context |= _found(request, project, form.wanted)
        except AccordError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    query = query_of(form.wanted) if form.is_valid() else None
    context |= list_tools(request, project, role, query)
    context["usual_views"] = [
        (name, address, address == query)
        for name, address, least in USUAL_VIEWS
        if role.rank >= least.rank
    ]
    return render(request, "annotate/comparisons.html", context)


def _found(request: SignedInRequest, project: Project, wanted: Wanted) -> dict[str, Any]:
    marks = {name: request.GET.get(name, "") for name in PAGE_MARKS}
    try:
        page = found_page(project, wanted, after=marks["after"], before=marks["before"])
    except WrongMark:  # of a row that is gone, or mangled: the start
        page, marks = found_page(project, wanted), {}
    if tells_votes(wanted):
        record_exposures(annotator=annotator_for(request.user), comparisons=page.rows)
    return {
        "page": page,
        "wanted": wanted,
        "chips": list(chips_of(wanted)),
        "counted": counted(project, wanted),
        "n_not_searchable": n_not_searchable(project, wanted),
        "tells_votes": tells_votes(wanted),
        "query": query_of(wanted),
        "next_query": page.after and query_of(wanted, after=page.after),
        "previous_query": page.before and query_of(wanted, before=page.before),
        "is_start": not any(marks.values()),
    }


@login_required
@require_http_methods(["GET", "POST"])
def comparison(request: SignedInRequest, slug: str, comparison_id: UUID) -> HttpResponse:
    """Others' judgements; whoever opens this can no longer judge the comparison."""
    project = project_for(request.user, slug, Role.REVIEWER)
    shown = get_object_or_404(
        visible_comparisons(project).select_related("prompt", "first", "second"),
        public_id=comparison_id,
    )
    form = AdjudicationForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            adjudicate(
                reviewer=annotator_for(request.user),
                comparison_id=shown.public_id,
                **form.cleaned_data,
            )
        except AccordError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your ruling stands."))
            return redirect("annotate:comparison", slug=slug, comparison_id=comparison_id)
    record_exposure(annotator=annotator_for(request.user), comparison=shown)
    context = project_context(request, project) | {
        "comparison": shown,
        "form": form,
        "gold_form": GoldForm.of(shown) if has_role(request.user, project, Role.LEAD) else None,
        "ranked_with": ranked_with(shown),
        "judgements": shown.judgements.filter(withdrawn_at=None).select_related("annotator"),
        "preference": shown.preferences.filter(superseded_at=None).first(),
        "triage_form": TriageForm() if is_contested(shown) else None,
        "triage": shown.triages.filter(superseded_at=None).select_related("triaged_by").first(),
        "ruling": shown.adjudications.filter(superseded_at=None).select_related("reviewer").first(),
        "flags": shown.flags.filter(closed_at=None).select_related("annotator"),
        "skips": shown.skips.filter(taken_back_at=None).select_related("annotator"),
    }
    return render(request, "annotate/comparison.html", context)


@login_required
@require_POST
def triage_one(request: SignedInRequest, slug: str, comparison_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    found = get_object_or_404(visible_comparisons(project), public_id=comparison_id)
    form = TriageForm(request.POST)
    if form.is_valid():
        try:
            triage(
                by=annotator_for(request.user),
                comparison_id=found.public_id,
                why=form.cleaned_data["why"],
                enters=form.cleaned_data["enters"],
                note=form.cleaned_data["triage_note"],
            )
            messages.success(request, _("The comparison was triaged, and is closed."))
        except AccordError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("annotate:comparison", slug=slug, comparison_id=comparison_id)


@login_required
@require_POST
def end_flag(
    request: SignedInRequest, slug: str, comparison_id: UUID, flag_id: UUID
) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    flag = get_object_or_404(
        Flag, public_id=flag_id, comparison__public_id=comparison_id, comparison__project=project
    )
    close_flag(flag=flag)
    messages.success(request, _("The flag was closed."))
    return redirect("annotate:comparison", slug=slug, comparison_id=comparison_id)
