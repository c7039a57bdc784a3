"""The groups of a project's people: a lead makes, names and gives them up, and fills them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import InvalidInput
from annotate.forms.member_groups import GroupNameForm, GroupsOfMemberForm
from annotate.forms.sent import sent
from annotate.models import Project, Role
from annotate.people.member_groups import (
    give_up_group,
    groups_of,
    make_group,
    put_into_groups,
    rename_group,
)
from annotate.people.members import members_of
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def groups(request: SignedInRequest, slug: str) -> HttpResponse:
    """All of them; posted to, it makes one."""
    project = project_for(request.user, slug, Role.LEAD)
    form = GroupNameForm(sent(request), auto_id="new-%s")
    if request.method == "POST" and form.is_valid():
        try:
            group = make_group(
                project=project, name=form.cleaned_data["name"], made_by=request.user
            )
        except InvalidInput as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The group “%(name)s” is there.") % {"name": group.name})
            return redirect("annotate:member_groups", slug=slug)
    context = project_context(request, project) | {"form": form, "groups": groups_of(project)}
    return render(request, "annotate/member_groups.html", context)


@login_required
@require_POST
def rename(request: SignedInRequest, slug: str, group_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    group = get_object_or_404(groups_of(project), public_id=group_id)
    try:
        rename_group(group=group, name=request.POST.get("name", ""), renamed_by=request.user)
    except InvalidInput as error:
        messages.error(request, f"{error} ({group.name})")
    else:
        messages.success(request, _("The change was saved."))
    return redirect("annotate:member_groups", slug=slug)


@login_required
@require_POST
def give_up(request: SignedInRequest, slug: str, group_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    group = get_object_or_404(groups_of(project), public_id=group_id)
    give_up_group(group=group, given_up_by=request.user)
    says = _("The group “%(name)s” is gone; its people are still members.")
    messages.success(request, says % {"name": group.name})
    return redirect("annotate:member_groups", slug=slug)


@login_required
@require_POST
def of_member(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    """Which groups one person is in."""
    project = project_for(request.user, slug, Role.LEAD)
    membership = get_object_or_404(members_of(project), public_id=member_id)
    form = groups_form(project, request.POST)
    if form.is_valid():
        put_into_groups(
            membership=membership, groups=form.cleaned_data["groups"], changed_by=request.user
        )
        messages.success(request, _("The change was saved."))
    else:
        messages.error(request, _("A group you chose is no longer there. Nothing was changed."))
    return redirect("annotate:member", slug=slug, member_id=member_id)


def groups_form(project: Project, data: object = None, **options: object) -> GroupsOfMemberForm:
    return GroupsOfMemberForm(data, groups=groups_of(project), **options)
