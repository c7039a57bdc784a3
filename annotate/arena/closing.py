"""An arena's end: nothing more is drawn, and what nobody has begun leaves the queue."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.access.audit import record_event
from annotate.arena.next_meetings import lacking, waits
from annotate.arena.put_away import bring_back, put_away
from annotate.errors import AccordError
from annotate.imports.adding import wake_queue
from annotate.models import Annotator, Arena, ArenaState


class NotClosable(AccordError):
    code = "not_closable"
    status = 409
    default_message = _("This arena is closed already.")


class NotReopenable(AccordError):
    code = "not_reopenable"
    status = 409
    default_message = _("This arena is not closed.")


class NothingLeft(NotReopenable):
    default_message = _(
        "Nothing is left to judge: it has all the judgements that it asked for, or everybody has "
        "met on every prompt. Open a new one."
    )


@transaction.atomic
def close_arena(*, arena_id: int, closed_by: Annotator | None = None) -> None:
    """Its judgements stay; meetings that nobody has judged or holds are archived.

    What is also met in another arena stays in the queue until that one closes.

    Raises: NotClosable.
    """
    arena = _locked(arena_id)
    if arena.state == ArenaState.CLOSED:
        raise NotClosable
    Arena.objects.filter(pk=arena.pk).update(state=ArenaState.CLOSED, closed_at=Now())
    put_away(arena)
    _record(arena, "arena.closed", closed_by)


@transaction.atomic
def reopen_arena(*, arena_id: int, reopened_by: Annotator | None = None) -> None:
    """Go on where it ended; it is prepared again where answers are still awaited.

    What an arena's end archived comes back; what somebody archived stays away.

    Raises: NotReopenable; NothingLeft where it would close again at once.
    """
    arena = _locked(arena_id)
    if arena.state != ArenaState.CLOSED:
        raise NotReopenable
    is_waiting = arena.contestants.filter(answered_at=None).exists()
    state = ArenaState.PREPARING if is_waiting else ArenaState.OPEN
    Arena.objects.filter(pk=arena.pk).update(state=state, closed_at=None, stops_when_decided=False)
    bring_back(arena.meetings.values_list("comparison", flat=True))
    if not is_waiting and lacking(arena) <= 0 and not waits(arena):
        raise NothingLeft
    wake_queue(arena.project)
    _record(arena, "arena.reopened", reopened_by)


def _locked(arena_id: int) -> Arena:
    locked = Arena.objects.select_for_update(of=("self",))
    return locked.select_related("project").get(pk=arena_id)


def _record(arena: Arena, action: str, actor: Annotator | None) -> None:
    record_event(
        actor=actor, action=action, target=f"arena:{arena.public_id}", project=arena.project
    )
