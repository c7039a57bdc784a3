"""Appeals about gold: made in one's own history, answered on the page of quality."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.quality import AppealAnswerForm, AppealForm
from annotate.judging.exposures import record_exposure
from annotate.judging.own_history import own_judgements
from annotate.models import Role
from annotate.quality.appeals import answer_appeal, appeals_of, make_appeal


@login_required
@require_POST
def appeal(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    form = AppealForm(request.POST)
    if form.is_valid():
        own = own_judgements(annotator_for(request.user), project).select_related("comparison")
        judgement = get_object_or_404(own, public_id=form.cleaned_data["judgement"])
        try:
            make_appeal(judgement=judgement, text=form.cleaned_data["text"])
            messages.success(request, _("A lead will answer you; the answer appears here."))
        except AccordError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("annotate:history", slug=slug)


@login_required
@require_POST
def answer(request: SignedInRequest, slug: str, appeal_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    waiting = get_object_or_404(appeals_of(project), public_id=appeal_id)
    form, lead = AppealAnswerForm(request.POST), annotator_for(request.user)
    if form.is_valid():
        record_exposure(annotator=lead, comparison=waiting.judgement.comparison)
        try:
            answer_appeal(appeal=waiting, by=lead, **form.cleaned_data)
            messages.success(request, _("The appeal is answered."))
        except AccordError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("annotate:quality", slug=slug)
