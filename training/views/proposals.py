"""A proposal: what speaks for it and against it, and the two buttons."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.models import Project
from training.access.permissions import checkpoint_for, proposal_for
from training.forms.promotion import DecisionForm, ProposeForm
from training.lineage.behind import projects_behind
from training.models import Checkpoint, ProposalState
from training.promotion.proposal_page import shown_proposal
from training.promotion.proposals import accept, propose, refreshed, reject
from training.promotion.told_judges import told_judges
from training.views.refusals import carry_out


def proposable_in(checkpoint: Checkpoint) -> QuerySet[Project]:
    """The projects that it learnt from; a base that was brought along may serve any."""
    behind = projects_behind(checkpoint)
    projects = Project.objects.order_by("name")
    return projects.filter(pk__in=[one.pk for one in behind]) if behind else projects


@login_required
@require_POST
def propose_checkpoint(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = checkpoint_for(request.user, public_id)
    require_site_admin(request.user)
    form = ProposeForm(request.POST, projects=proposable_in(found))
    if not form.is_valid():
        messages.error(request, _("Choose the project that it is proposed in."))
        return redirect("training:checkpoint", public_id=public_id)
    try:
        made = propose(project=form.cleaned_data["project"], checkpoint=found, user=request.user)
    except AccordError as error:
        messages.error(request, str(error.message))
        return redirect("training:checkpoint", public_id=public_id)
    return redirect("training:proposal", public_id=made.public_id)


@login_required
@require_GET
def proposal(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    refreshed(proposal_for(request.user, public_id))
    # the rival may be another by now
    (found,) = told_judges([proposal_for(request.user, public_id)], request.user)
    context = {
        "shown": shown_proposal(found),
        "proposal": found,
        "is_open": found.state == ProposalState.OPEN,
        "form": DecisionForm(initial={"seen": found.evidence_digest}),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/proposal.html", context)


@login_required
@require_POST
def proposal_accept(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    return _decide(request, public_id, is_accepted=True)


@login_required
@require_POST
def proposal_reject(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    return _decide(request, public_id, is_accepted=False)


def _decide(request: SignedInRequest, public_id: uuid.UUID, *, is_accepted: bool) -> HttpResponse:
    found = proposal_for(request.user, public_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        values = {"reason": form.cleaned_data["reason"], "user": request.user}
        if is_accepted:
            carry_out(
                request,
                lambda: accept(
                    proposal_id=found.public_id, seen=form.cleaned_data["seen"], **values
                ),
                said=_("Your decision is kept."),
            )
        else:
            carry_out(
                request,
                lambda: reject(proposal_id=found.public_id, **values),
                said=_("It was rejected."),
            )
    return redirect("training:proposal", public_id=public_id)
