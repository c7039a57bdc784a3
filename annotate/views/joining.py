"""How people come into a project: added by name or by list, or by an invitation of their own."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotate.access.permissions import memberships_of, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError, InvalidInput
from annotate.forms.members import (
    InvitationForm,
    MemberListForm,
    NewMemberForm,
    SignUpForm,
    field_of,
)
from annotate.forms.sent import sent
from annotate.models import Invitation, Project, Role
from annotate.people.invitations import (
    invitation_of,
    invitations_of,
    invite,
    join,
    sign_up,
    why_closed,
    withdraw_invitation,
)
from annotate.people.many_members import add_members
from annotate.people.members import add_member
from annotate.views.account import sso_name
from annotate.views.projects import project_context

SHOWN_INVITATIONS = 50


@login_required
@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Three ways in; posted to, it adds one person by name."""
    project = project_for(request.user, slug, Role.LEAD)
    form = NewMemberForm(sent(request), auto_id="one-%s")
    if request.method == "POST" and form.is_valid():
        try:
            add_member(
                project=project,
                user=form.user,
                role=form.cleaned_data["role"],
                cohort=form.cleaned_data["cohort"],
                added_by=request.user,
            )
        except AccordError as error:
            form.add_error("username", str(error))
        else:
            messages.success(request, _("%(name)s is a member now.") % {"name": form.user.username})
            return redirect("annotate:members", slug=slug)
    return _add_page(request, project, one=form)


@login_required
@require_POST
def add_list(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = MemberListForm(request.POST, request.FILES, auto_id="many-%s")
    if not form.is_valid():
        return _add_page(request, project, many=form, status=400)
    try:
        added = add_members(project=project, text=form.cleaned_data["text"], added_by=request.user)
    except InvalidInput as error:
        form.add_error("text", str(error))
        return _add_page(request, project, many=form, status=400)
    if added.errors:
        return _add_page(request, project, many=form, wrong=added.errors, status=400)
    says = ngettext("%(n)d person was added.", "%(n)d people were added.", added.n_added)
    messages.success(request, says % {"n": added.n_added})
    if added.n_there:
        says = ngettext(
            "%(n)d person was a member already, and stays as they are.",
            "%(n)d people were members already, and stay as they are.",
            added.n_there,
        )
        messages.info(request, says % {"n": added.n_there})
    return redirect("annotate:members", slug=slug)


@never_cache
@login_required
@require_POST
def new_invitation(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a link and show it, this once."""
    project = project_for(request.user, slug, Role.LEAD)
    form = InvitationForm(request.POST, auto_id="link-%s")
    if not form.is_valid():
        return _add_page(request, project, link=form, status=400)
    try:
        invitation, plain = invite(project=project, invited_by=request.user, **form.cleaned_data)
    except InvalidInput as error:
        form.add_error(field_of(error, form), str(error))
        return _add_page(request, project, link=form, status=400)
    address = request.build_absolute_uri(reverse("annotate:join", args=[plain]))
    return _add_page(request, project, made=invitation, address=address, status=201)


@login_required
@require_POST
def withdraw(request: SignedInRequest, slug: str, invitation_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    invitation = get_object_or_404(invitations_of(project), public_id=invitation_id)
    withdraw_invitation(invitation=invitation, withdrawn_by=request.user)
    messages.success(request, _("The link lets nobody in any more."))
    return redirect("annotate:add_members", slug=slug)


def _add_page(
    request: SignedInRequest, project: Project, *, status: int = 200, **given: object
) -> HttpResponse:
    """The page with its forms; `given` replaces a form by the one that was filled in."""
    invitations = invitations_of(project).select_related("made_by__user", "project")
    context = project_context(request, project) | {
        "one": NewMemberForm(auto_id="one-%s"),
        "many": MemberListForm(auto_id="many-%s"),
        "link": InvitationForm(auto_id="link-%s"),
        "invitations": [(one, why_closed(one)) for one in invitations[:SHOWN_INVITATIONS]],
        **given,
    }
    return render(request, "annotate/add_members.html", context, status=status)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def join_page(request: HttpRequest, plain: str) -> HttpResponse:
    """Where an invitation leads: sign up and join, or join as who one is."""
    invitation = invitation_of(plain)
    if invitation is None:
        raise Http404("No such invitation.")
    user = request.user
    if user.is_authenticated and memberships_of(user).filter(project=invitation.project).exists():
        return redirect("annotate:project", slug=invitation.project.slug)
    form = None if user.is_authenticated else SignUpForm(sent(request))
    closed = why_closed(invitation)
    if request.method == "POST" and not closed and (form is None or form.is_valid()):
        try:
            if form is not None:
                _sign_up(request, invitation, form)
            elif user.is_authenticated:
                join(invitation=invitation, user=user)
        except InvalidInput as error:
            if form is None:
                raise
            form.add_error(field_of(error, form), str(error))
        except AccordError as error:
            closed = str(error)
        else:
            messages.success(
                request, _("You are in: %(project)s.") % {"project": invitation.project.name}
            )
            return redirect("annotate:project", slug=invitation.project.slug)
    context = {
        "invitation": invitation,
        "form": form,
        "closed": closed,
        "plain": plain,
        "sso": sso_name(),
    }
    return render(request, "annotate/join.html", context, status=410 if closed else 200)


def _sign_up(request: HttpRequest, invitation: Invitation, form: SignUpForm) -> None:
    user = sign_up(
        invitation=invitation,
        username=form.cleaned_data["username"],
        password=form.cleaned_data["password"],
        email=form.cleaned_data["email"],
        language=translation.get_language() or "",
    )
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
