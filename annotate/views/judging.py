"""The judging screen. One request for each judgement: the answer is the pair to fetch ahead.

The same addresses serve browsers with and without JavaScript: static/js/judge.js asks with
`Accept: text/html-fragment` and gets `_answer.html`; a plain form is sent back to the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import annotator_for, memberships_of, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError, InvalidInput, LeaseLost
from annotate.forms.judging import AgainForm, FlagForm, RenewForm, SideForm, SkipForm, UndoForm
from annotate.judging.flags import flag_comparison
from annotate.judging.handing_back import answerable_leases
from annotate.judging.leases import MOST_LIVE_LEASES, Held, lease_next, renew_leases
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.shown_pair import Pair, pairs_of
from annotate.judging.skips import skip_comparison
from annotate.judging.undo import latest_action, undo_action
from annotate.models import (
    Annotator,
    Flag,
    FlagReason,
    Judgement,
    Lease,
    LeaseState,
    Project,
    Skip,
    SkipReason,
)
from annotate.projects.waiting import has_unread_guidelines

FRAGMENT = "text/html-fragment"
SAID_ALONE = (None, "side", "verdict", "ranks")  # fields whose refusals name them in words
UNDONE = {
    Judgement: gettext_lazy("Your judgement is taken back. Here it is again, with the same sides."),
    Skip: gettext_lazy("Your skip is taken back. Here it is again, with the same sides."),
    Flag: gettext_lazy("Your flag is taken back."),
}
UNDONE_LATE = {  # others have every place by now
    Judgement: gettext_lazy(
        "Your judgement is taken back, and its place has gone to somebody else. Here it is again, "
        "with the same sides: what you say now is kept beyond what was wanted."
    ),
    Skip: gettext_lazy(
        "Your skip is taken back, and its place has gone to somebody else. Here it is again, "
        "with the same sides: what you say now is kept beyond what was wanted."
    ),
}
Given = dict[str, Any]  # what a form has checked


@dataclass(frozen=True)
class Done:
    """What an action leaves to say, and what is to be shown next, where it knows."""

    notice: str = ""
    undoable: UUID | None = None  # the action that undo would now take back
    undone: str = ""  # judgement, skip or flag
    held: Held | None = None
    lease: Lease | None = None  # shown first, even where it is no longer held


@never_cache
@login_required
@require_GET
def judge(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    membership = memberships_of(request.user).filter(project=project).first()
    if has_unread_guidelines(project, membership):
        return redirect("annotate:guidelines", slug=slug)
    context: dict[str, object] = {"project": project, "is_plain": _is_plain(request)}
    current = None
    try:
        current, ahead = _held_pairs(request, project, Done(lease=_again(request, project)))
        context |= {"current": current, "ahead": ahead}
    except AccordError as error:
        context["refusal"] = error
    context["protocol"] = current.protocol if current else project.current_protocol
    return render(request, "annotate/judge.html", context | _controls(request, project))


@login_required
@require_POST
def submit(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, SideForm, _record)


@login_required
@require_POST
def skip(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, SkipForm, _skip)


@login_required
@require_POST
def flag(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, FlagForm, _flag)


@login_required
@require_POST
def undo(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, UndoForm, _undo)


@login_required
@require_POST
def renew(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hold the pairs for longer; the answer is empty while the screen shows the right one."""
    return _act(request, slug, RenewForm, _renew)


def _record(annotator: Annotator, project: Project, given: Given) -> Done:
    judged = judge_and_hold_next(
        annotator=annotator,
        project=project,
        lease_id=given["lease"],
        answer=given["answer"],
        key=given["key"],
        n_next=MOST_LIVE_LEASES,
    )
    return Done(held=judged.held, undoable=judged.recorded.judgement.public_id)


def _skip(annotator: Annotator, _project: Project, given: Given) -> Done:
    skipped = skip_comparison(
        annotator=annotator,
        lease_id=given["lease"],
        reason=given["reason"],
        note=given["note"],
    )
    notice = _("Skipped. You will not be asked about it again.")
    return Done(notice, undoable=skipped.public_id)


def _flag(annotator: Annotator, _project: Project, given: Given) -> Done:
    flagged = flag_comparison(
        annotator=annotator,
        lease_id=given["lease"],
        reason=given["reason"],
        note=given["note"],
    )
    notice = _("Flagged: somebody will look at it. You can still judge it.")
    return Done(notice, undoable=flagged.public_id)


def _undo(annotator: Annotator, project: Project, given: Given) -> Done:
    undone = undo_action(annotator=annotator, project=project, action_id=given["action"])
    is_late = undone.lease is not None and undone.lease.state != LeaseState.LIVE
    return Done(
        str((UNDONE_LATE if is_late else UNDONE)[undone.action]),
        lease=undone.lease,
        undoable=_latest_action_id(annotator, project),
        undone=undone.action._meta.model_name or "",
    )


def _renew(annotator: Annotator, project: Project, given: Given) -> Done:
    renew_leases(annotator=annotator, project=project)
    shown = Lease.objects.filter(public_id=given["showing"], annotator=annotator)
    if given["showing"] is not None and not shown.filter(state=LeaseState.LIVE).exists():
        raise LeaseLost  # so that the screen says why it shows another comparison
    return Done()


Action = Callable[[Annotator, Project, Given], Done]


def _act(
    request: SignedInRequest, slug: str, form_class: type[forms.Form], action: Action
) -> HttpResponse:
    """Check what was sent, do it, and answer with the pairs now held."""
    project = project_for(request.user, slug)
    form = form_class(request.POST)
    done, level, status = Done(), "info", 200
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        done, level, status = Done(f"{field}: {errors[0]}"), "error", 400
    else:
        try:
            done = action(annotator_for(request.user), project, form.cleaned_data)
        except AccordError as error:
            done, level, status = Done(_said(error)), "warning", error.status
    if FRAGMENT in request.headers.get("Accept", ""):
        answer = _answer(request, project, done, level=level, status=status)
        if done.undoable or done.undone:
            answer["Accord-Undoable"] = str(done.undoable or "")
            answer["Accord-Undone"] = done.undone
        return answer
    if done.notice:
        getattr(messages, level)(request, done.notice)
    return redirect(_judge_url(request, slug, again=done.lease))


def _said(error: AccordError) -> str:
    """What a protocol misses, with the name of the part at fault."""
    is_part = isinstance(error, InvalidInput) and error.field not in (
        None,
        "side",
        "verdict",
        "ranks",
    )
    return f"{error.field}: {error}" if is_part else str(error)


def _answer(
    request: SignedInRequest, project: Project, done: Done, *, level: str, status: int
) -> HttpResponse:
    """The pair to fetch ahead; and the current one too, unless the screen shows it already.

    `showing` and `holding` are the leases that the screen had when it asked.
    """
    notice, current, ahead = done.notice, None, None
    try:
        current, ahead = _held_pairs(request, project, done)
    except AccordError as error:
        notice, level = str(error), "warning"  # what was sent is stored all the same
    is_shown = _is_lease(current, request.POST.get("showing", ""))
    if current and is_shown and not notice and _is_lease(ahead, request.POST.get("holding", "")):
        return HttpResponse(status=204)  # the screen has it all
    context = {
        "current": None if is_shown else current,
        "ahead": ahead,
        "is_empty": current is None,
        "notice": notice,
        "level": level,
    }
    return render(request, "annotate/_answer.html", context, status=status)


def _held_pairs(
    request: SignedInRequest, project: Project, done: Done
) -> tuple[Pair | None, Pair | None]:
    """What to show and what to fetch ahead. Raises: AccordError, if nothing may be held."""
    held = done.held
    if held is None or held.current is None:
        annotator = annotator_for(request.user)
        held = lease_next(annotator=annotator, project=project, ahead=True)
    if done.lease is not None and done.lease != held.current:
        held = Held(current=done.lease, ahead=held.current)
    return pairs_of(held, is_plain=_is_plain(request))


def _is_lease(pair: Pair | None, lease_id: str) -> bool:
    return lease_id == ("" if pair is None else str(pair.lease_id))


def _controls(request: SignedInRequest, project: Project) -> dict[str, object]:
    annotator = annotator_for(request.user)
    return {
        "undoable": _latest_action_id(annotator, project),
        "skip_reasons": SkipReason.choices,
        "flag_reasons": FlagReason.choices,
        "n_judged": Judgement.objects.filter(
            annotator=annotator, project=project, withdrawn_at=None, is_derived=False
        ).count(),
    }


def _latest_action_id(annotator: Annotator, project: Project) -> UUID | None:
    newest = latest_action(annotator=annotator, project=project)
    return None if newest is None else newest.public_id


def _is_plain(request: SignedInRequest) -> bool:
    return request.GET.get("text") == "plain"


def _again(request: SignedInRequest, project: Project) -> Lease | None:
    """What a plain page took back just now: it is shown, although others have its place."""
    form = AgainForm(request.GET)
    again = form.cleaned_data["again"] if form.is_valid() else None
    own = answerable_leases(annotator_for(request.user).pk).filter(project=project)
    return own.filter(public_id=again).first() if again else None


def _judge_url(request: SignedInRequest, slug: str, *, again: Lease | None = None) -> str:
    query = {"text": "plain"} if _is_plain(request) else {}
    if again is not None:
        query["again"] = str(again.public_id)
    return reverse("annotate:judge", args=[slug], query=query or None)
