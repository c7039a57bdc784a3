"""What an arena needs from time to time: standings, new meetings, and its end."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from annotate.arena.asking_people import ask_people_too
from annotate.arena.closing import NotClosable, close_arena
from annotate.arena.counted_votes import CountedVotes, count_votes
from annotate.arena.next_meetings import draw_meetings, lacking, waits
from annotate.arena.standings import are_of_today, refresh_standings, rests
from annotate.models import Arena, ArenaState
from annotate.work.bells import ring_once, take_bell

TEND = "annotate.tasks.tend_arena"
LATE = timedelta(days=7)  # votes may come, or be withdrawn, after the end


def ring_for_arenas() -> int:
    """Ring for each arena that needs something; how many they are. It only looks."""
    is_late = Q(state=ArenaState.CLOSED, closed_at__gt=Now() - LATE)
    watched = Arena.objects.filter(Q(state=ArenaState.OPEN) | is_late)
    n_rung = 0
    for arena in watched.defer("standings").order_by("pk"):
        votes = count_votes(arena)
        is_stale = not rests(arena) and not are_of_today(arena, votes)
        is_open = arena.state == ArenaState.OPEN
        if is_stale or (is_open and (lacking(arena, votes) > 0 or not waits(arena))):
            ring_once(TEND, arena.pk)
            n_rung += 1
    return n_rung


def recount_where_changed(arena: Arena, votes: CountedVotes | None = None) -> bool:
    """Have standings counted again that are not of today's votes; whether that was needed.

    An arena that closed long ago is no longer watched: its reader asks.
    """
    if arena.state == ArenaState.PREPARING or are_of_today(arena, votes):
        return False
    if not rests(arena):
        ring_once(TEND, arena.pk)
    return True


def tend_arena(*, arena_id: int) -> None:
    """Standings first, as they say who is to meet. Twice the same does no harm."""
    take_bell(TEND, arena_id)
    arena = Arena.objects.filter(pk=arena_id).first()
    if arena is None:
        return
    refresh_standings(arena_id=arena_id)
    arena.refresh_from_db()
    if arena.state != ArenaState.OPEN:
        return
    is_over = arena.stops_when_decided and _is_decided(arena)
    if is_over:
        _close(arena)
        return
    ask_people_too(arena)
    if draw_meetings(arena_id=arena_id) == 0 and not waits(arena):
        _close(arena)


def _is_decided(arena: Arena) -> bool:
    pairs = (arena.standings or {}).get("overall", {}).get("pairs", [])
    return bool(pairs) and all(pair["decision"]["winner"] is not None for pair in pairs)


def _close(arena: Arena) -> None:
    try:
        close_arena(arena_id=arena.pk)
    except NotClosable:  # somebody was quicker
        return
