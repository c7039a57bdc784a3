"""Who has a part in a project: a lead adds people, changes their role, pauses them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.projects import MemberForm, NewMemberForm
from annotate.models import Project, Role
from annotate.people.members import add_member, change_member, members_of
from annotate.views.projects import project_context


@login_required
@require_http_methods(["GET", "POST"])
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = NewMemberForm(request.POST or None)
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
    return _page(request, project, form)


@login_required
@require_POST
def member(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    membership = get_object_or_404(members_of(project), public_id=member_id)
    form = MemberForm(request.POST, prefix=str(member_id))
    if form.is_valid():
        try:
            change_member(membership=membership, changed_by=request.user, **form.cleaned_data)
            messages.success(request, _("The change was saved."))
        except AccordError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("annotate:members", slug=slug)


def _page(request: SignedInRequest, project: Project, form: NewMemberForm) -> HttpResponse:
    memberships = (
        members_of(project)
        .select_related("annotator__user")
        .annotate(
            n_judged=Count(
                "annotator__judgements",
                filter=Q(
                    annotator__judgements__project=project,
                    annotator__judgements__withdrawn_at=None,
                    annotator__judgements__is_derived=False,
                ),
            )
        )
        .order_by("-is_active", "joined_at")
    )
    rows = [
        (membership, MemberForm(instance=membership, prefix=str(membership.public_id)))
        for membership in memberships
    ]
    context = project_context(request, project) | {"form": form, "rows": rows}
    return render(request, "annotate/members.html", context)
