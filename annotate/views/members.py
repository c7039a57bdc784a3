"""Who has a part in a project: a lead looks through them, and changes one or many."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.exports.csv_lines import csv_line
from annotate.forms import members as forms
from annotate.forms.sent import sent
from annotate.models import Membership, Project, Role
from annotate.people.many_members import change_members, move_members, remove_members
from annotate.people.member_groups import SEPARATOR, groups_of
from annotate.people.member_list import member_list
from annotate.people.members import change_member
from annotate.views.member_groups import groups_form
from annotate.views.projects import project_context

PAGE_ROWS = 100
NO_SEARCH = {"q": "", "role": "", "state": "", "group": "", "order": ""}


@login_required
@require_GET
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    groups = list(groups_of(project))
    search = forms.MemberSearchForm(request.GET or None, groups)
    wanted = NO_SEARCH | (search.cleaned_data if search.is_valid() else {})
    found = member_list(
        project,
        search=wanted["q"].strip(),
        role=wanted["role"],
        state=wanted["state"],
        group=UUID(wanted["group"]) if wanted["group"] else None,
        order=wanted["order"],
    ).prefetch_related("groups")
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = project_context(request, project) | {
        "search": search,
        "is_searching": any(wanted[name] for name in ("q", "role", "state", "group")),
        "groups": groups,
        "page": page,
        "next_url": _page_url(request, page.next_page_number()) if page.has_next() else "",
        "first_url": _page_url(request, 1) if page.has_previous() else "",
        "changes": forms.MemberChangesForm(auto_id="change-%s"),
    }
    return render(request, "annotate/members.html", context)


def _page_url(request: SignedInRequest, number: int) -> str:
    wanted = request.GET.copy()
    wanted["page"] = str(number)
    return f"?{wanted.urlencode()}"


@login_required
@require_GET
def as_csv(request: SignedInRequest, slug: str) -> HttpResponse:
    """Everybody, as our own list of people takes them back, with how active they are."""
    project = project_for(request.user, slug, Role.LEAD)
    heading = ("username", "role", "cohort", "groups", "pseudonym", "paused", "judged", "last")
    lines = [heading, *map(_cells, member_list(project).prefetch_related("groups"))]
    answer = HttpResponse(b"".join(map(csv_line, lines)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{project.slug}-members.csv"'
    return answer


def _cells(one: Any) -> tuple[Any, ...]:
    name = one.annotator.user.username if one.annotator.user else ""
    last = one.last_judged_at.isoformat(timespec="seconds") if one.last_judged_at else ""
    groups = SEPARATOR.join(sorted(group.name for group in one.groups.all()))
    who = (name, one.role, one.cohort, groups, one.annotator.pseudonym)
    return (*who, not one.is_active, one.n_judged, last)


@login_required
@require_POST
def change(request: SignedInRequest, slug: str) -> HttpResponse:
    """One change to everybody who was ticked, or to nobody."""
    project = project_for(request.user, slug, Role.LEAD)
    form = forms.MemberChangesForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return _back(request, slug)
    try:
        chosen = [UUID(given) for given in request.POST.getlist("member")]
        n_changed = _change(project, chosen, form.cleaned_data, request)
    except ValueError:
        messages.error(request, _("Somebody you chose is no longer a member. Nobody was changed."))
    except AccordError as error:
        messages.error(request, str(error))
    else:
        says = ngettext("%(n)d person was changed.", "%(n)d people were changed.", n_changed)
        messages.success(request, says % {"n": n_changed})
    return _back(request, slug)


def _change(
    project: Project, chosen: list[UUID], given: dict[str, str], request: SignedInRequest
) -> int:
    if given["change"] == forms.REMOVE:
        return remove_members(project=project, members=chosen, removed_by=request.user)
    if given["change"] in (forms.INTO_GROUP, forms.OUT_OF_GROUP):
        return _move(project, chosen, given, request)
    meant: dict[str, dict[str, object]] = {
        forms.ROLE: {"role": given["role"]},
        forms.COHORT: {"cohort": given["cohort"]},
        forms.PAUSE: {"is_active": False},
        forms.RESUME: {"is_active": True},
    }
    fields = meant[given["change"]]
    return change_members(project=project, members=chosen, changed_by=request.user, **fields)


def _move(
    project: Project, chosen: list[UUID], given: dict[str, str], request: SignedInRequest
) -> int:
    """Into a group, which is made if it is new, or out of one."""
    if given["change"] == forms.INTO_GROUP:
        return move_members(
            project=project, members=chosen, into=given["group"], moved_by=request.user
        )
    return move_members(
        project=project, members=chosen, out_of=given["group"], moved_by=request.user
    )


def _back(request: SignedInRequest, slug: str) -> HttpResponse:
    """To the list as it was looked through."""
    page = redirect("annotate:members", slug=slug)
    if query := request.POST.get("query", ""):
        page["Location"] += f"?{query}"
    return page


@login_required
@require_http_methods(["GET", "POST"])
def member(request: SignedInRequest, slug: str, member_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    membership: Membership = get_object_or_404(member_list(project), public_id=member_id)
    form = forms.MemberForm(sent(request), instance=membership)
    if request.method == "POST" and form.is_valid():
        try:
            change_member(membership=membership, changed_by=request.user, **form.cleaned_data)
        except AccordError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The change was saved."))
            return redirect("annotate:members", slug=slug)
    groups = groups_form(project, initial={"groups": membership.groups.all()})
    context = project_context(request, project) | {
        "membership": membership,
        "form": form,
        "groups": groups,
    }
    return render(request, "annotate/member.html", context)
