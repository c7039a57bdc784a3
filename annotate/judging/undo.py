"""Undo takes back what somebody did last, whatever it was: a judgement, a skip or a flag."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

from annotate.errors import NothingToUndo
from annotate.judging.flags import take_back_flag
from annotate.judging.skips import take_back_skip
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Annotator, Flag, Judgement, Lease, Project, Skip

Action = Judgement | Skip | Flag


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and the lease by which its comparison is held again, if it moved."""

    action: type[Action]
    lease: Lease | None


def undo_action(*, annotator: Annotator, project: Project, action_id: UUID | None = None) -> Undone:
    """Take back an action of theirs in the project by its public id, else the newest.

    By its id, an undo that is sent twice undoes one action.

    Raises: NothingToUndo, NotAMember, MemberPaused, NotJudgeable.
    """
    if action_id is None:
        newest = latest_action(annotator=annotator, project=project)
        if newest is None:
            raise NothingToUndo
        return _TAKE_BACK[type(newest)](annotator, newest.public_id)
    for action, take_back in _TAKE_BACK.items():
        _done_at, in_project, _ended_at = _NEWEST[action]
        own = action.objects.filter(**{"annotator": annotator, in_project: project})
        if own.filter(public_id=action_id).exists():
            return take_back(annotator, action_id)
    raise NothingToUndo


def latest_action(*, annotator: Annotator, project: Project) -> Action | None:
    """What `undo_action` would take back."""
    newest = [
        (getattr(done, done_at), done)
        for action, (done_at, in_project, ended_at) in _NEWEST.items()
        for done in action.objects.filter(
            **{"annotator": annotator, in_project: project, ended_at: None}
        ).order_by(f"-{done_at}", "-pk")[:1]
    ]
    return max(newest, key=itemgetter(0))[1] if newest else None


def _withdraw(annotator: Annotator, action_id: UUID) -> Undone:
    return Undone(Judgement, withdraw_judgement(annotator=annotator, judgement_id=action_id))


def _take_back_skip(annotator: Annotator, action_id: UUID) -> Undone:
    return Undone(Skip, take_back_skip(annotator=annotator, skip_id=action_id))


def _take_back_flag(annotator: Annotator, action_id: UUID) -> Undone:
    take_back_flag(annotator=annotator, flag_id=action_id)
    return Undone(Flag, None)


_NEWEST: Mapping[type[Action], tuple[str, str, str]] = {  # when done, of which project, when undone
    Judgement: ("judged_at", "project", "withdrawn_at"),
    Skip: ("skipped_at", "comparison__project", "taken_back_at"),
    Flag: ("flagged_at", "comparison__project", "closed_at"),
}
_TAKE_BACK: Mapping[type[Action], Callable[[Annotator, UUID], Undone]] = {
    Judgement: _withdraw,
    Skip: _take_back_skip,
    Flag: _take_back_flag,
}
