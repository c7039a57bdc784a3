"""Quality as a lead sees and steers it: the plan, how people stand, and what is gold."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.comparisons.visible import visible_comparisons
from annotate.dashboards.chart import csv_of
from annotate.dashboards.person import work_of
from annotate.dashboards.used_in_training import uses_of
from annotate.errors import AccordError, InvalidInput
from annotate.forms.quality import GoldForm, ProposedForm, SinceForm, TakeBackForm
from annotate.forms.quality_plan import QualityForm
from annotate.forms.sent import sent
from annotate.judging.exposures import record_exposure, record_exposures
from annotate.judging.withdrawals import judged_since, withdraw_since
from annotate.models import Annotator, GoldAnswer, Membership, PreferenceJudgement, Project, Role
from annotate.people.members import change_member, members_of
from annotate.projects.projects import change_project
from annotate.quality.appeals import appeals_of
from annotate.quality.by_person import people_of, person_of
from annotate.quality.control_share import control_share
from annotate.quality.gold_turns import usable_gold
from annotate.quality.leaks import leak_of
from annotate.quality.look_after import let_go_on
from annotate.quality.marking import mark_gold, unmark_gold
from annotate.quality.unanimous import SHOWN, proposed_gold, verdict_of_all
from annotate.views.previews import unseen_effects
from annotate.views.projects import project_context

ANSWERS_SHOWN = 50
APPEALS_SHOWN = 20


@login_required
@require_http_methods(["GET", "POST"])
def quality(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = QualityForm(sent(request), instance=project)
    effects: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        # the form has already written to its own copy; the service compares with the row
        stored = Project.objects.get(pk=project.pk)
        effects = unseen_effects(request, stored, form.cleaned_data)
    if request.method == "POST" and form.is_valid() and not effects:
        try:
            change_project(project=stored, changed_by=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The settings were saved."))
            return redirect("annotate:quality", slug=slug)
    project = Project.objects.get(pk=project.pk)
    appeals = list(appeals_of(project)[:APPEALS_SHOWN])
    record_exposures(  # a lead who answers reads what was said
        annotator=annotator_for(request.user),
        comparisons=[one.judgement.comparison for one in appeals],
    )
    context = project_context(request, project) | {
        "form": form,
        "people": people_of(project),
        "n_gold": usable_gold(project).count(),
        "controls": control_share(project) if project.closes_at else None,
        "appeals": appeals,
        **effects,
    }
    return render(request, "annotate/quality.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def proposals(request: SignedInRequest, slug: str) -> HttpResponse:
    """Comparisons on which everybody agrees; whoever reads this list may judge none of them."""
    project = project_for(request.user, slug, Role.LEAD)
    reader = annotator_for(request.user)
    if request.method == "POST":
        form = ProposedForm(request.POST, proposed=proposed_gold(project))
        if form.is_valid():
            n_marked = _mark_all(form, reader)
            messages.success(
                request,
                ngettext(
                    "%(n)d comparison is gold now.", "%(n)d comparisons are gold now.", n_marked
                )
                % {"n": n_marked},
            )
            return redirect("annotate:quality_proposals", slug=slug)
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    proposed = list(proposed_gold(project)[:SHOWN])
    record_exposures(annotator=reader, comparisons=proposed)
    context = project_context(request, project) | {
        "proposed": [(one, verdict_of_all(one)) for one in proposed],
    }
    return render(request, "annotate/quality_proposals.html", context)


def _mark_all(form: ProposedForm, reader: Annotator) -> int:
    n_marked = 0
    for comparison in form.cleaned_data["chosen"]:
        verdict = verdict_of_all(comparison)
        if verdict is not None:
            mark_gold(comparison=comparison, verdict=verdict, by=reader)
            n_marked += 1
    return n_marked


@login_required
@require_POST
def mark(request: SignedInRequest, slug: str, comparison_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    comparison = get_object_or_404(visible_comparisons(project), public_id=comparison_id)
    form, lead = GoldForm(request.POST), annotator_for(request.user)
    record_exposure(annotator=lead, comparison=comparison)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    elif form.cleaned_data["verdict"]:
        try:
            mark_gold(comparison=comparison, by=lead, **form.cleaned_data)
            messages.success(request, _("This comparison is gold."))
        except InvalidInput as error:
            messages.error(request, str(error))
    else:
        unmark_gold(comparison=comparison, by=lead)
        messages.success(request, _("This comparison is no gold."))
    return redirect("annotate:comparison", slug=slug, comparison_id=comparison_id)


@login_required
@require_GET
def person(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    """How somebody answers gold; what would be taken back, before it is."""
    project = project_for(request.user, slug, Role.LEAD)
    membership = _member(project, member_id)
    work = work_of(membership)
    if key := request.GET.get("csv"):
        return csv_of(work.charts, key, name=membership.annotator.pseudonym)
    answers = list(
        GoldAnswer.objects.filter(membership=membership, judgement__withdrawn_at=None)
        .select_related("judgement__comparison__prompt")
        .order_by("-answered_at", "-pk")[:ANSWERS_SHOWN]
    )
    record_exposures(
        annotator=annotator_for(request.user),
        comparisons=[answer.judgement.comparison for answer in answers],
    )
    form = SinceForm(request.GET if "since" in request.GET else None)
    context = project_context(request, project) | {
        "person": person_of(membership),
        "work": work,
        "leak": leak_of(membership),
        "membership": membership,
        "answers": answers,
        "form": form,
    }
    if form.is_bound and form.is_valid():
        since = _begin(form)
        judgements = judged_since(membership, since)
        used = PreferenceJudgement.objects.filter(
            judgement__in=judgements, preference__superseded_at=None
        )
        context |= {
            "since": form.cleaned_data["since"],
            "n_judgements": judgements.count(),
            "n_preferences": used.values("preference").distinct().count(),
            "uses": uses_of(judgements, request.user),
            "take_back": TakeBackForm(),
        }
    return render(request, "annotate/quality_person.html", context)


@login_required
@require_POST
def pause(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    """Nothing more is handed to them, or again something; `is_active` says which."""
    project = project_for(request.user, slug, Role.LEAD)
    try:
        change_member(
            membership=_member(project, member_id),
            changed_by=request.user,
            is_active=request.POST.get("is_active") == "1",
        )
    except AccordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The change was saved."))
    return redirect("annotate:quality_person", slug=slug, member_id=member_id)


@login_required
@require_POST
def go_on(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    let_go_on(membership=_member(project, member_id), by=annotator_for(request.user))
    messages.success(request, _("They may go on; their answers to gold are counted afresh."))
    return redirect("annotate:quality_person", slug=slug, member_id=member_id)


@login_required
@require_POST
def judge_again(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        n_withdrawn = withdraw_since(
            membership=_member(project, member_id),
            since=_begin(form),
            withdrawn_by=annotator_for(request.user),
            reason=form.cleaned_data["reason"],
        )
        messages.success(
            request,
            ngettext(
                "%(n)d judgement was taken back; its comparison waits for others.",
                "%(n)d judgements were taken back; their comparisons wait for others.",
                n_withdrawn,
            )
            % {"n": n_withdrawn},
        )
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("annotate:quality_person", slug=slug, member_id=member_id)


def _member(project: Project, member_id: UUID) -> Membership:
    return get_object_or_404(
        members_of(project).select_related("annotator__user"), public_id=member_id
    )


def _begin(form: SinceForm) -> datetime:
    """When that day began, where the reader is."""
    return timezone.make_aware(datetime.combine(form.cleaned_data["since"], time.min))
