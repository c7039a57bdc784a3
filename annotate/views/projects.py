"""A project's own pages: overview, guidelines, settings, and the making of a new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import (
    memberships_of,
    project_for,
    require_project_creator,
    role_in,
)
from annotate.access.signed_in import SignedInRequest
from annotate.dashboards.chart import csv_of
from annotate.dashboards.overview import overview_of
from annotate.errors import InvalidInput
from annotate.forms.projects import NewProjectForm, SettingsForm
from annotate.forms.sent import sent
from annotate.models import UNFINISHED, Membership, Project, Role, RuleChange, User
from annotate.projects.projects import change_project, create_project
from annotate.projects.waiting import has_unread_guidelines, has_work
from annotate.views.previews import unseen_effects


def project_context(request: SignedInRequest, project: Project) -> dict[str, object]:
    """What every page of a project shows: its name, its tabs, and my role in it."""
    role = role_in(request.user, project)
    return {
        "project": project,
        "role": role,
        "is_lead": role == Role.LEAD,
        "is_reviewer": role in (Role.LEAD, Role.REVIEWER),
    }


@login_required
@require_GET
def overview(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    membership = _membership(request.user, project).first()
    context = project_context(request, project) | {
        "membership": membership,
        "has_work": has_work(project, membership),
        "has_new_guidelines": has_unread_guidelines(project, membership),
    }
    if context["is_lead"]:
        found = overview_of(project)
        if key := request.GET.get("csv"):
            return csv_of([found.burn_up], key, name=project.slug)
        context |= {"overview": found, "progress": found.progress}
    return render(request, "annotate/overview.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def guidelines(request: SignedInRequest, slug: str) -> HttpResponse:
    """Read them; whoever goes on from here has read this version."""
    project = project_for(request.user, slug)
    if request.method == "POST":
        _membership(request.user, project).update(guidelines_read=project.guidelines_version)
        return redirect("annotate:judge", slug=slug)
    membership = _membership(request.user, project).first()
    context = project_context(request, project) | {
        "membership": membership,
        "is_unread": has_unread_guidelines(project, membership),
    }
    return render(request, "annotate/guidelines.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require_project_creator(request.user)
    form = NewProjectForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            project = create_project(created_by=request.user, **form.cleaned_data)
        except InvalidInput as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The project was made. Now bring in comparisons."))
            return redirect("annotate:imports", slug=project.slug)
    return render(request, "annotate/project_new.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, slug: str) -> HttpResponse:
    """The settings; above them, while a new rule reaches what was judged, how far it has got."""
    project = project_for(request.user, slug, Role.LEAD)
    if request.htmx:
        return render(
            request,
            "annotate/_rule_change_live.html",
            {"project": project, "rule_change": _last_rule_change(project)},
        )
    form = SettingsForm(sent(request), instance=project)
    effects: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        # the form has already written to its own copy; the service compares with the row
        stored = Project.objects.get(pk=project.pk)
        effects = unseen_effects(request, stored, form.cleaned_data)
    if request.method == "POST" and form.is_valid() and not effects:
        try:
            change_project(project=stored, changed_by=request.user, **form.cleaned_data)
        except InvalidInput as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The settings were saved."))
            return redirect("annotate:settings", slug=slug)
    project = Project.objects.get(pk=project.pk)  # headings show what is stored, not what is typed
    context = project_context(request, project) | {
        "form": form,
        "rule_change": project.rule_changes.filter(state__in=UNFINISHED).first(),
        **effects,
    }
    return render(request, "annotate/settings.html", context)


def _last_rule_change(project: Project) -> RuleChange | None:
    return project.rule_changes.order_by("-pk").first()


def _show_at_its_field(form: "ModelForm[Any]", error: InvalidInput) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))


def _membership(user: User, project: Project) -> QuerySet[Membership]:
    return memberships_of(user).filter(project=project)
