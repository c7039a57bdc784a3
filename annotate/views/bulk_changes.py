"""Many comparisons changed at once: told before, followed, stopped, undone; and views kept."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import annotator_for, has_role, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.changing import (
    ask_for_change,
    cancel_change,
    is_undoable,
    undo_change,
)
from annotate.bulk_changes.previewing import preview
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.bulk_changes import BulkChangeForm, SavedViewForm
from annotate.listing.read_views import wanted_of
from annotate.listing.saved_views import may_delete, save_view, saved_views
from annotate.listing.view_words import chips_of
from annotate.models import BulkChange, Project, Role
from annotate.views.projects import project_context


def list_tools(
    request: SignedInRequest, project: Project, role: Role, query: str | None
) -> dict[str, Any]:
    """What the list of comparisons offers besides: kept views, and changes of many for leads.

    Args:
        query: of the view that is shown; None where it was refused.
    """
    views = list(saved_views(project, role=role))
    tools: dict[str, Any] = {"saved_views": views, "may_change": role == Role.LEAD}
    if query is None:
        return tools
    opened = next((one for one in views if one.query == query), None)
    if opened is not None:
        annotator = annotator_for(request.user)
        tools["open_view"] = opened
        tools["may_delete_view"] = may_delete(opened, annotator=annotator, role=role)
    return tools | {
        "bulk_form": BulkChangeForm(initial={"query": query}, auto_id="bulk-%s"),
        "view_form": SavedViewForm(initial={"query": query}, auto_id="view-%s"),
    }


@login_required
@require_POST
def preview_change(request: SignedInRequest, slug: str) -> HttpResponse:
    """What it would do; pressed once more, it is done."""
    project = project_for(request.user, slug, Role.LEAD)
    form = BulkChangeForm(request.POST)
    context = project_context(request, project) | {"form": form, "query": _query(request)}
    if form.is_valid():
        action = ACTIONS[form.cleaned_data["action"]]
        asked: dict[str, Any] = {
            "project": project,
            "action": action.name,
            "value": form.cleaned_data["value"],
            "selection": form.selection,
        }
        try:
            if "start" in request.POST:
                change = ask_for_change(**asked, asked_by=annotator_for(request.user))
                return redirect("annotate:bulk_change", slug=slug, change_id=change.public_id)
            context |= {"action": action, "preview": preview(**asked)}
        except AccordError as error:
            form.add_error("value" if error.field == "value" else None, str(error))
    return render(request, "annotate/bulk_change_preview.html", context)


@login_required
@require_GET
def changes(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    rows = BulkChange.objects.filter(project=project).select_related("requested_by__user", "undoes")
    context = project_context(request, project) | {"page": page_of(rows, request)}
    return render(request, "annotate/bulk_changes.html", context)


@login_required
@require_GET
def change(request: SignedInRequest, slug: str, change_id: UUID) -> HttpResponse:
    """The page asks for its own live part while the work goes on."""
    project = project_for(request.user, slug, Role.LEAD)
    shown = _change(project, change_id)
    context = project_context(request, project) | {
        "change": shown,
        "action": ACTIONS.get(shown.action),
        "chips": _chips(shown),
        "is_live": not shown.is_over,
        "is_undoable": is_undoable(shown),
    }
    template = "annotate/_bulk_change_live.html" if request.htmx else "annotate/bulk_change.html"
    return render(request, template, context)


@login_required
@require_POST
def cancel(request: SignedInRequest, slug: str, change_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    shown = _change(project, change_id)
    try:
        cancel_change(change=shown, cancelled_by=annotator_for(request.user))
        messages.success(request, _("It stops; what was changed stays changed."))
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:bulk_change", slug=slug, change_id=change_id)


@login_required
@require_POST
def undo(request: SignedInRequest, slug: str, change_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    try:
        undoing = undo_change(
            change=_change(project, change_id), undone_by=annotator_for(request.user)
        )
    except AccordError as error:
        messages.error(request, str(error))
        return redirect("annotate:bulk_change", slug=slug, change_id=change_id)
    return redirect("annotate:bulk_change", slug=slug, change_id=undoing.public_id)


@login_required
@require_POST
def keep_view(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return _to_list(slug, _query(request))
    try:
        view = save_view(
            project=project,
            name=form.cleaned_data["name"],
            query=form.cleaned_data["query"],
            role=_role(request, project),
            saved_by=annotator_for(request.user),
        )
        messages.success(request, _("The view is kept as “%(name)s”.") % {"name": view.name})
    except AccordError as error:
        messages.error(request, str(error))
    return _to_list(slug, _query(request))


@login_required
@require_GET
def open_view(request: SignedInRequest, slug: str, view_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    view = get_object_or_404(saved_views(project, role=_role(request, project)), public_id=view_id)
    return _to_list(slug, view.query)


@login_required
@require_POST
def delete_view(request: SignedInRequest, slug: str, view_id: UUID) -> HttpResponse:
    project = project_for(request.user, slug, Role.REVIEWER)
    role = _role(request, project)
    view = get_object_or_404(saved_views(project, role=role), public_id=view_id)
    if not may_delete(view, annotator=annotator_for(request.user), role=role):
        raise PermissionDenied
    view.delete()
    messages.success(request, _("The view “%(name)s” was deleted.") % {"name": view.name})
    return _to_list(slug, _query(request))


def _to_list(slug: str, query: str) -> HttpResponse:
    page = redirect("annotate:comparisons", slug=slug)
    page["Location"] += f"?{query}" if query else ""
    return page


def _query(request: SignedInRequest) -> str:
    """Only an address of a view is gone back to, and none that another page made up."""
    query = request.POST.get("query", "")
    try:
        wanted_of(query, role=Role.LEAD)
    except AccordError:
        return ""
    return query


def _role(request: SignedInRequest, project: Project) -> Role:
    return Role.LEAD if has_role(request.user, project, Role.LEAD) else Role.REVIEWER


def _change(project: Project, change_id: UUID) -> BulkChange:
    rows = BulkChange.objects.filter(project=project).select_related("requested_by__user", "undoes")
    return get_object_or_404(rows, public_id=change_id)


def _chips(change: BulkChange) -> list[Any]:
    if "query" not in change.selection:
        return []
    try:
        return list(chips_of(wanted_of(change.selection["query"], role=Role.LEAD)))
    except AccordError:
        return []
