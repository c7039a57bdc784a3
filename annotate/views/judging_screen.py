"""What the judging screen is answered with: the whole of it, or the parts that a script lacks."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from annotate.access.permissions import annotator_for, memberships_of
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.typed import Typed
from annotate.judging.leases import Held, lease_next
from annotate.judging.shown_pair import Pair, pairs_of
from annotate.judging.undo import latest_action
from annotate.models import Annotator, FlagReason, Judgement, Lease, Project, SkipReason
from annotate.quality.quiz_turns import is_in_quiz


@dataclass(frozen=True)
class Done:
    """What an action leaves to say, and what is to be shown next, where it knows."""

    notice: str = ""
    level: str = "info"  # of the notice
    told: str = ""  # what was expected of them
    ends_quiz: bool = False  # passed or not: the screen says no longer that it is one
    undoable: UUID | None = None  # the action that undo would now take back
    undone: str = ""  # judgement, skip or flag
    held: Held | None = None
    lease: Lease | None = None  # shown first, even where it is no longer held


def whole_screen(
    request: SignedInRequest,
    project: Project,
    done: Done,
    *,
    typed: Typed | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole screen; `typed` is what was refused: in its form again, or to be copied."""
    context: dict[str, object] = {"project": project, "is_plain": is_plain(request)}
    current = None
    try:
        current, ahead = _held_pairs(request, project, done)
        context |= {"current": current, "ahead": ahead}
    except AccordError as error:
        context["refusal"] = error
    context["protocol"] = current.protocol if current else project.current_protocol
    is_about_it = typed is not None and _is_lease(current, typed.lease)
    context |= {"typed" if is_about_it else "typed_before": typed}
    context |= _controls(request, project)
    if project.quiz_size:
        member = memberships_of(request.user).select_related("project").filter(project=project)
        context["is_quiz"] = any(is_in_quiz(one) for one in member)
    return render(request, "annotate/judge.html", context, status=status)


def fragment(
    request: SignedInRequest,
    project: Project,
    done: Done,
    *,
    level: str,
    status: int,
    typed: Typed | None,
) -> HttpResponse:
    """The pair to fetch ahead; and the current one too, unless the screen shows it already.

    `showing` and `holding` are the leases that the screen had when it asked.
    """
    notice, current, ahead, refusal = done.notice, None, None, None
    try:
        current, ahead = _held_pairs(request, project, done)
    except AccordError as error:
        refusal = error
        notice, level = str(error), "warning"  # what was sent is stored all the same
    is_shown = _is_lease(current, request.POST.get("showing", ""))
    has_all = is_shown and _is_lease(ahead, request.POST.get("holding", ""))
    if current and has_all and not (notice or done.told):
        return HttpResponse(status=204)  # the screen has it all
    context = {
        "current": None if is_shown else current,
        "ahead": ahead,
        "is_empty": current is None,
        "refusal": refusal,
        "project": project,
        "ends_quiz": done.ends_quiz,
        "notice": notice,
        "level": level,
        "told": done.told,
        "typed": typed,
        "places": typed if typed is not None and _is_lease(current, typed.lease) else None,
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
    return pairs_of(held, is_plain=is_plain(request))


def _is_lease(pair: Pair | None, lease_id: str) -> bool:
    return lease_id == ("" if pair is None else str(pair.lease_id))


def _controls(request: SignedInRequest, project: Project) -> dict[str, object]:
    annotator = annotator_for(request.user)
    return {
        "undoable": latest_action_id(annotator, project),
        "skip_reasons": SkipReason.choices,
        "flag_reasons": FlagReason.choices,
        "n_judged": Judgement.objects.filter(
            annotator=annotator, project=project, withdrawn_at=None, is_derived=False
        ).count(),
    }


def latest_action_id(annotator: Annotator, project: Project) -> UUID | None:
    newest = latest_action(annotator=annotator, project=project)
    return None if newest is None else newest.public_id


def is_plain(request: SignedInRequest) -> bool:
    return request.GET.get("text") == "plain"
