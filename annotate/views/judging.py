"""The judging screen. One request for each judgement: the answer is the pair to fetch ahead.

The same addresses serve browsers with and without JavaScript: static/js/judge.js asks with
`Accept: text/html-fragment` and gets `_answer.html`; a plain form is sent back to the page.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, memberships_of, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError, InvalidInput, LeaseLost
from annotate.forms.judging import AgainForm, FlagForm, RenewForm, SideForm, SkipForm, UndoForm
from annotate.forms.typed import Typed
from annotate.judging.flags import flag_comparison
from annotate.judging.gold_feedback import told_after
from annotate.judging.handing_back import answerable_leases
from annotate.judging.leases import MOST_LIVE_LEASES, renew_leases
from annotate.judging.protocols.field_words import field_in_words
from annotate.judging.protocols.versions import shown_under
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.skips import skip_comparison
from annotate.judging.undo import undo_action
from annotate.models import (
    Annotator,
    Flag,
    Judgement,
    Lease,
    LeaseState,
    Project,
    Skip,
)
from annotate.projects.waiting import has_unread_guidelines
from annotate.views.gold_words import in_words
from annotate.views.judging_screen import Done, fragment, is_plain, latest_action_id, whole_screen

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
NEWS = {
    "": "",
    "warned": gettext_lazy(
        "Of comparisons whose answer is known, you judged many otherwise. Please read the "
        "guidelines again, and take your time."
    ),
    "passed": gettext_lazy("You have passed the quiz. What comes now counts."),
}
Given = dict[str, Any]  # what a form has checked


@never_cache
@login_required
@require_GET
def judge(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    membership = memberships_of(request.user).filter(project=project).first()
    if has_unread_guidelines(project, membership):
        return redirect("annotate:guidelines", slug=slug)
    return whole_screen(request, project, Done(lease=_again(request, project)))


@login_required
@require_http_methods(["GET", "POST"])
def submit(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, SideForm, _record)


@login_required
@require_POST
def skip(request: SignedInRequest, slug: str) -> HttpResponse:
    return _act(request, slug, SkipForm, _skip)


@login_required
@require_http_methods(["GET", "POST"])
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
    judgement = judged.recorded.judgement
    told = told_after(judgement, project=project)
    return Done(
        notice=str(NEWS[judged.news]),
        level="success" if judged.news == "passed" else "warning",
        told=in_words(told) if told else "",
        ends_quiz=judged.news == "passed",
        held=judged.held,
        undoable=judgement.public_id,
    )


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
        undoable=latest_action_id(annotator, project),
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
    if request.method == "GET":  # a page with a refusal is read again, or in another language
        return redirect(_judge_url(request, slug))
    form = form_class(request.POST)
    done, level, status = Done(), "info", 200
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        done, level, status = Done(f"{form[field].label}: {errors[0]}"), "error", 400
    else:
        try:
            done = action(annotator_for(request.user), project, form.cleaned_data)
            level = done.level
        except AccordError as error:
            said = _said(error, _answered_lease(request, project))
            done, level, status = Done(said), "warning", error.status
    typed = None
    if status != 200 and form_class in (SideForm, FlagForm):
        typed = Typed.of(request.POST, is_flag=form_class is FlagForm)
    if FRAGMENT in request.headers.get("Accept", ""):
        answer = fragment(request, project, done, level=level, status=status, typed=typed)
        if done.undoable or done.undone:
            answer["Accord-Undoable"] = str(done.undoable or "")
            answer["Accord-Undone"] = done.undone
        return answer
    _say_on_next_page(request, done, level)
    if typed is not None:
        again = Done(lease=_answered_lease(request, project))
        return whole_screen(request, project, again, typed=typed, status=status)
    return redirect(_judge_url(request, slug, again=done.lease))


def _say_on_next_page(request: SignedInRequest, done: Done, level: str) -> None:
    for how, text in ((level, done.notice), ("info", done.told)):
        if text:
            getattr(messages, how)(request, text)


def _answered_lease(request: SignedInRequest, project: Project) -> Lease | None:
    """The lease that something was sent about, while they may still answer it."""
    return _own_lease(request, project, request.POST.get("lease", ""))


def _said(error: AccordError, lease: Lease | None) -> str:
    """What a protocol misses, with the part at fault as the screen calls it."""
    if not isinstance(error, InvalidInput) or error.field in SAID_ALONE:
        return str(error)
    declaration = shown_under(lease).declaration if lease else {}
    return f"{field_in_words(error.field, declaration)}: {error}"


def _again(request: SignedInRequest, project: Project) -> Lease | None:
    """What a plain page took back just now: it is shown, although others have its place."""
    return _own_lease(request, project, request.GET.get("again", ""))


def _own_lease(request: SignedInRequest, project: Project, lease_id: str) -> Lease | None:
    form = AgainForm({"again": lease_id})
    if not form.is_valid() or form.cleaned_data["again"] is None:
        return None
    own = answerable_leases(annotator_for(request.user).pk).filter(project=project)
    return own.filter(public_id=form.cleaned_data["again"]).first()


def _judge_url(request: SignedInRequest, slug: str, *, again: Lease | None = None) -> str:
    query = {"text": "plain"} if is_plain(request) else {}
    if again is not None:
        query["again"] = str(again.public_id)
    return reverse("annotate:judge", args=[slug], query=query or None)
