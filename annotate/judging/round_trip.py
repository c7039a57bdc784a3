"""The one door to a judgement: the answer to what is held, and what to show next."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from annotate.comparisons.locks import (
    lock_leased_comparison,
    lock_membership,
    note_freed_slots,
)
from annotate.errors import AccordError
from annotate.judging.answers import Answer, check_key
from annotate.judging.leases import (
    MOST_LIVE_LEASES,
    Held,
    hold_next,
    lease_next,
    release_leases_of,
)
from annotate.judging.next_comparison import is_exhausted
from annotate.judging.recording import Recorded, record_answer
from annotate.judging.recording_rankings import record_ranking
from annotate.models import Annotator, Project, Standing

NOTHING = Held(None, None)
STOPPED = (Standing.PAUSED, Standing.FAILED)


@dataclass(frozen=True, slots=True)
class Judged:
    recorded: Recorded
    held: Held
    news: str = ""  # warned, or passed: what their answers to gold came to with this one


def judge_and_hold_next(
    *,
    annotator: Annotator,
    project: Project,
    lease_id: UUID,
    answer: Answer,
    key: str,
    n_next: int = 1,
) -> Judged:
    """Spend a lease on a judgement, resolve its comparison, and hold what comes next.

    One transaction does it all, at half the cost of two. What was recorded stays recorded,
    although there may be nothing to hold next: the project, or this member, may have been paused
    meanwhile.

    Args:
        key: the client's name for this request, at most 64 characters: sent twice, it is one
            judgement.
        n_next: how many to hold afterwards: 1, or 2 to fetch one ahead; 0 claims nothing, and
            tells of nothing held.
    Raises: NotAMember; as `record_answer` and `record_ranking`.
    """
    check_key(key)
    with transaction.atomic():
        locked = lock_membership(annotator=annotator, project=project)
        stood, had_passed = locked.membership.standing, locked.membership.quiz_passed_at
        leased = lock_leased_comparison(locked.membership, lease_id, key=key)
        of_set = leased.comparison.completion_set_id is not None
        record = record_ranking if of_set else record_answer
        recorded = record(locked.membership, leased, answer, key=key)
        standing = locked.membership.standing
        news = "warned" if standing != stood and standing == Standing.WARNED else ""
        if locked.membership.quiz_passed_at != had_passed:
            news = "passed"
        held = NOTHING
        if n_next:
            held = _held_or_nothing(
                lambda: hold_next(
                    locked,
                    n_wanted=n_next,
                    holds_nothing=not (leased.is_other_held or recorded.is_replay),
                )
            )
        if recorded.opens_a_place:
            note_freed_slots(project.pk)  # last, as everywhere: all who judge here change that row
    if n_next == 0:
        return Judged(recorded, NOTHING, news)
    if standing in STOPPED and not recorded.is_replay:
        release_leases_of(annotator=annotator, project=project)  # what was fetched ahead
        return Judged(recorded, NOTHING)
    # What is left may be locked by others, and what expired is reclaimed in a transaction of its
    # own, as this one may not lock comparisons out of their order.
    is_something_locked = held.current is None and not is_exhausted(locked.membership)
    if locked.is_something_expired or is_something_locked:
        held = _held_or_nothing(
            lambda: lease_next(
                annotator=annotator, project=project, ahead=n_next == MOST_LIVE_LEASES
            )
        )
    return Judged(recorded, held, news)


def _held_or_nothing(hold: Callable[[], Held]) -> Held:
    try:
        return hold()
    except AccordError:
        return NOTHING
