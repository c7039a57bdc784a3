"""One round trip of judging: the answer to what is held, and what to show next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from annotate.comparisons.locks import lock_leased_comparison, lock_membership
from annotate.errors import AccordError
from annotate.judging.answers import Answer, check_key
from annotate.judging.judgements import Recorded, record_answer
from annotate.judging.leases import MOST_LIVE_LEASES, Held, hold_next, lease_next
from annotate.judging.next_comparison import is_exhausted
from annotate.judging.sides import verdict_from_side
from annotate.models import Annotator, Project


@dataclass(frozen=True, slots=True)
class Judged:
    recorded: Recorded
    held: Held


def judge_and_hold_next(
    *,
    annotator: Annotator,
    project: Project,
    lease_id: UUID,
    side: str,
    key: str,
    ahead: bool = False,
    **parts: Any,
) -> Judged:
    """`record_judgement` and `lease_next` in one transaction, so at half the cost.

    `parts` is what else belongs to an `Answer`. What was recorded stays recorded, although there
    may be nothing to hold next: the project, or this member, may have been paused meanwhile.

    Raises: as `record_judgement`; NotAMember.
    """
    check_key(key)
    with transaction.atomic():
        locked = lock_membership(annotator=annotator, project=project)
        leased = lock_leased_comparison(locked.membership, lease_id, key=key)
        answer = Answer(verdict=verdict_from_side(side=side, lease=leased.lease), **parts)
        answer.check()
        recorded = record_answer(locked.membership, leased, answer, key=key)
        held = _held_or_nothing(
            lambda: hold_next(
                locked,
                n_wanted=MOST_LIVE_LEASES if ahead else 1,
                holds_nothing=not (leased.is_other_held or recorded.is_replay),
            )
        )
    is_all_locked_by_others = held.current is None and not is_exhausted(locked.membership)
    if locked.is_something_expired or is_all_locked_by_others:
        held = _held_or_nothing(
            lambda: lease_next(annotator=annotator, project=project, ahead=ahead)
        )
    return Judged(recorded, held)


def _held_or_nothing(hold: Callable[[], Held]) -> Held:
    try:
        return hold()
    except AccordError:
        return Held(None, None)
