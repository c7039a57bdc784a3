"""What a project asks: presets, its own version with a preview, and the versions before."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import InvalidInput, ProtocolChanged
from annotate.forms.protocol import ProtocolForm
from annotate.judging.protocols.changes import changes_between
from annotate.judging.protocols.declaration import keys_for
from annotate.judging.protocols.part import Keys
from annotate.judging.protocols.presets import PRESETS, Preset, preset_of
from annotate.judging.sample_screen import previewed_pair
from annotate.models import LeaseState, Project, Protocol, Role
from annotate.projects.protocol_pace import Pace, pace_under, paces_of
from annotate.projects.protocols import change_protocol
from annotate.views.projects import project_context

VERSIONS_ROWS = 20


@dataclass(frozen=True)
class OfferedPreset:
    name: str
    preset: Preset
    keys: Keys
    pace: Pace
    is_asked_now: bool


@dataclass(frozen=True)
class ListedVersion:
    protocol: Protocol
    changes: list[str]
    preset: Preset | None
    n_judgements: int
    pace: Pace


@login_required
@require_http_methods(["GET", "POST"])
def protocol(request: SignedInRequest, slug: str) -> HttpResponse:
    """With htmx, what is typed comes back as it would look; a press of a button does it plainly."""
    project = project_for(request.user, slug, Role.LEAD)
    current = project.current_protocol
    if request.method == "GET":
        start = _start(request, project)
        form = ProtocolForm(declaration=start, based_on=current.version)
        return _page(request, project, form, start)
    form = ProtocolForm(request.POST, declaration=current.declaration, based_on=current.version)
    declaration = form.cleaned_data["declaration"] if form.is_valid() else None
    if request.htmx:
        context = _draft(project, declaration) | {"form": form}
        return render(request, "annotate/_protocol_draft.html", context)
    if declaration is None or "save" not in request.POST:
        return _page(request, project, form, declaration)
    try:
        made = change_protocol(
            project=project,
            changed_by=request.user,
            declaration=declaration,
            based_on=form.cleaned_data["based_on"],
        )
    except ProtocolChanged:
        return _overtaken(request, project, form)
    except InvalidInput as error:  # it fits by itself, but not what the project has
        form.add_error(None, str(error))
        return _page(request, project, form, declaration, status=error.status)
    if made.version == current.version:
        messages.info(request, _("Nothing was changed: the project asks just this already."))
    else:
        words = _("Version %(version)d is in force, from the next comparison on that is given.")
        messages.success(request, words % {"version": made.version})
    return redirect("annotate:protocol", slug=slug)


def _start(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What the form begins with: a preset, an earlier version, or what is asked now."""
    preset, version = request.GET.get("preset", ""), request.GET.get("version", "")
    if preset:
        if preset not in PRESETS:
            raise Http404
        return dict(PRESETS[preset].declaration)
    if version:
        wanted = int(version) if version.isdecimal() and len(version) < 9 else 0
        earlier = project.protocols.filter(version=wanted).first()
        if earlier is None:
            raise Http404
        return dict(earlier.declaration)
    return dict(project.current_protocol.declaration)


def _overtaken(request: SignedInRequest, project: Project, form: ProtocolForm) -> HttpResponse:
    """Somebody else was faster: what they changed is said, and what was typed here stays."""
    project = Project.objects.get(pk=project.pk)
    newest = project.current_protocol
    seen = project.protocols.filter(version=form.cleaned_data["based_on"]).first()
    data = request.POST.copy()
    data["based_on"] = str(newest.version)
    form = ProtocolForm(data, declaration=newest.declaration, based_on=newest.version)
    form.is_valid()
    overtaken = {
        "newest": newest,
        "changes": changes_between(seen.declaration if seen else {}, newest.declaration),
    }
    declaration = form.cleaned_data.get("declaration")
    return _page(request, project, form, declaration, status=409, overtaken=overtaken)


def _page(
    request: SignedInRequest,
    project: Project,
    form: ProtocolForm,
    declaration: dict[str, Any] | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    current = project.current_protocol
    versions = page_of(
        project.protocols.select_related("made_by__user"), request, size=VERSIONS_ROWS
    )
    context = project_context(request, project) | {
        "form": form,
        "current": current,
        "presets": _presets(current),
        "preset_chosen": request.GET.get("preset", ""),
        "versions": _listed(project, versions.rows),
        "page": versions,
        "n_leases": project.leases.filter(state=LeaseState.LIVE).count(),
        "n_judged": project.judgements.filter(
            protocol_version=current.version, withdrawn_at=None, is_derived=False
        ).count(),
    }
    context |= _draft(project, declaration) | more
    return render(request, "annotate/protocol.html", context, status=status)


def _draft(project: Project, declaration: dict[str, Any] | None) -> dict[str, Any]:
    """What is on the form, as it would look and what it would cost; nothing of it is stored."""
    if declaration is None:
        return {"project": project, "pair": None}
    return {
        "project": project,
        "pair": previewed_pair(project, declaration),
        "draft_keys": keys_for(declaration),
        "draft_pace": paces_of([declaration])[0],
        "draft_changes": changes_between(project.current_protocol.declaration, declaration),
    }


def _presets(current: Protocol) -> list[OfferedPreset]:
    paces = paces_of([preset.declaration for preset in PRESETS.values()])
    return [
        OfferedPreset(
            name=name,
            preset=preset,
            keys=keys_for(preset.declaration),
            pace=pace,
            is_asked_now=preset.declaration == current.declaration,
        )
        for (name, preset), pace in zip(PRESETS.items(), paces, strict=True)
    ]


def _listed(project: Project, rows: list[Protocol]) -> list[ListedVersion]:
    """The versions, newest first, each with what it changed in the one before it."""
    numbers = {one.version for one in rows}
    before = project.protocols.filter(version__in={number - 1 for number in numbers})
    declared = {one.version: one.declaration for one in before}
    judgements = project.judgements.filter(
        protocol_version__in=numbers, withdrawn_at=None, is_derived=False
    )
    counted = Counter(
        dict(judgements.order_by().values_list("protocol_version").annotate(Count("pk")))
    )
    return [
        ListedVersion(
            protocol=one,
            changes=changes_between(declared[one.version - 1], one.declaration)
            if one.version - 1 in declared
            else [],
            preset=PRESETS.get(preset_of(one.declaration)),
            n_judgements=counted[one.version],
            pace=pace_under(one),
        )
        for one in rows
    ]
