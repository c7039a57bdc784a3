"""The comparisons of a project, and what people said about one: for reviewers and leads."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, has_role, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.agreement.disagreements import disagreements
from annotate.agreement.taking_part import disagreements_between
from annotate.comparisons.visible import listed_comparisons, visible_comparisons
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.adjudication import AdjudicationForm
from annotate.forms.quality import GoldForm
from annotate.forms.sent import sent
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.flags import close_flag
from annotate.judging.screen_order import ranked_with
from annotate.models import (
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Flag,
    Judgement,
    Project,
    Role,
)
from annotate.views.projects import project_context


def _in_adjudication(project: Project) -> QuerySet[Comparison]:
    return visible_comparisons(project).filter(state=ComparisonState.ADJUDICATION)


def _gold(project: Project) -> QuerySet[Comparison]:
    return listed_comparisons(project).filter(is_gold=True)


def _flagged(project: Project) -> QuerySet[Comparison]:
    open_flags = Flag.objects.filter(comparison__project=project, closed_at=None)
    return visible_comparisons(project).filter(pk__in=open_flags.values("comparison"))


BETWEEN = "between"  # two annotators, named by pseudonym


def _with_simulated(rows: QuerySet[Comparison]) -> QuerySet[Comparison]:
    """Say of each whether machines are among its judges: that is marked wherever it counts."""
    machines = Judgement.objects.filter(
        comparison=OuterRef("pk"),
        withdrawn_at=None,
        annotator__kind__in=(AnnotatorKind.SIMULATED, AnnotatorKind.MODEL),
    )
    return rows.annotate(is_machine_judged=Exists(machines))


FILTERS: dict[str, tuple[object, Callable[[Project], QuerySet[Comparison]]]] = {
    "all": (gettext_lazy("All"), listed_comparisons),
    "contested": (gettext_lazy("People disagree"), disagreements),
    "adjudication": (gettext_lazy("Waiting for a ruling"), _in_adjudication),
    "flagged": (gettext_lazy("Flagged"), _flagged),
    "gold": (gettext_lazy("Gold"), _gold),
}


@login_required
@require_GET
def comparisons(request: SignedInRequest, slug: str) -> HttpResponse:
    """A list without verdicts: seeing them here would spoil every one for its reader."""
    project = project_for(request.user, slug, Role.REVIEWER)
    chosen = request.GET.get("show", "all")
    between = request.GET.getlist("annotator")
    if chosen == BETWEEN and len(between) == 2 and "\0" not in "".join(between):
        found = disagreements_between(project, *between)
    else:
        chosen, between = (chosen if chosen in FILTERS else "all"), []
        _name, find = FILTERS[chosen]
        found = find(project)
    context = project_context(request, project) | {
        "page": page_of(
            _with_simulated(found).select_related("prompt"),
            request,
            by="n_divided" if chosen == "contested" else "",
        ),
        "filters": [(key, name) for key, (name, _find) in FILTERS.items()],
        "chosen": chosen,
        "between": between,
    }
    return render(request, "annotate/comparisons.html", context)


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
        "ruling": shown.adjudications.filter(superseded_at=None).select_related("reviewer").first(),
        "flags": shown.flags.filter(closed_at=None).select_related("annotator"),
        "skips": shown.skips.filter(taken_back_at=None).select_related("annotator"),
    }
    return render(request, "annotate/comparison.html", context)


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
