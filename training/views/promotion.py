"""What projects use: names with their history, gates, and going back."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import project_for, require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.models import Project, Role
from training.access.permissions import visible_checkpoints
from training.forms.promotion import BackForm, GateForm, NameForm, TakeBackForm
from training.forms.refusal import show_refusal
from training.models import Alias, ModelRole
from training.promotion.aliases import newest_line, roll_back, set_alias
from training.promotion.gates import gate_of, set_gate
from training.promotion.in_use import names_of, open_proposals, projects_with_champions
from training.views.desk import require_entry
from training.views.refusals import carry_out


@login_required
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {
        "projects": projects_with_champions(request.user),
        "proposals": open_proposals(request.user),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/in_use.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def project(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's names; a site admin gives free ones here."""
    found = project_for(request.user, slug, Role.LEAD)
    form = NameForm(sent(request))
    if request.method == "POST":
        require_site_admin(request.user)
        if form.is_valid() and _name(request, found, form):
            return redirect("training:in_use_of", slug=slug)
    context = {
        "project": found,
        "names": names_of(found, request.user),
        "proposals": open_proposals(request.user, found),
        "gate": gate_of(found),
        "form": form,
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/in_use_of.html", context)


def _name(request: SignedInRequest, project: Project, form: NameForm) -> bool:
    values = {key: form.cleaned_data[key] for key in ("name", "checkpoint", "reason")}
    line = newest_line(project, ModelRole.of(values["checkpoint"]), values["name"])
    if not form.is_free_or_known_to_be_held(line):
        return False
    seen = 0 if line is None else line.number
    try:
        set_alias(project=project, seen=seen, user=request.user, **values)
    except AccordError as error:
        show_refusal(form, error)
        return False
    messages.success(request, _("From now on it is called that."))
    return True


@login_required
@require_POST
def take_back(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let a free name mean nothing from now on."""
    found = project_for(request.user, slug, Role.LEAD)
    require_site_admin(request.user)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        carry_out(
            request,
            lambda: set_alias(project=found, checkpoint=None, user=request.user, **values),
            said=_("“%(name)s” means nothing from now on; its history stays.")
            % {"name": values["name"]},
        )
    else:
        field, errors = next(iter(form.errors.items()))
        messages.error(request, f"{field}: {errors[0]}")
    return redirect("training:in_use_of", slug=slug)


@login_required
@require_http_methods(["GET", "POST"])
def gate(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the project asks for before its champion changes."""
    found = project_for(request.user, slug, Role.LEAD)
    require_site_admin(request.user)
    form = GateForm(sent(request), instance=gate_of(found))
    if request.method == "POST" and form.is_valid():
        carry_out(
            request,
            lambda: set_gate(project=found, values=form.cleaned_data, user=request.user),
            said=_("Proposals are judged by it from now on, those that wait too."),
        )
        return redirect("training:in_use_of", slug=slug)
    return render(request, "training/gate.html", {"form": form, "project": found})


@login_required
@require_POST
def back(request: SignedInRequest, slug: str, alias_id: uuid.UUID) -> HttpResponse:
    """Let a name mean again what it meant in this line."""
    found = project_for(request.user, slug, Role.LEAD)
    to = get_object_or_404(
        Alias.objects.filter(
            project=found, checkpoint__in=visible_checkpoints(request.user).values("pk")
        ).select_related("project", "restores", "checkpoint"),
        public_id=alias_id,
    )
    form = BackForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        carry_out(
            request,
            lambda: roll_back(to=to, user=request.user, **values),
            said=_("It means the earlier one again."),
        )
    return redirect("training:in_use_of", slug=slug)
