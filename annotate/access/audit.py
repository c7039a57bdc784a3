"""Who changed what: administrative acts, chained by hashes so that a later change shows."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from alignment_core.canonical import canonical_json
from annotate.models import Annotator, AuditEvent, Project

CHAIN_BATCH = 500


@dataclass(frozen=True)
class ChainReport:
    """What a walk along the whole chain found; `broken_at` is the first position that is wrong."""

    n_chained: int
    n_waiting: int
    head: str  # noted elsewhere, it also shows that events at the end were removed
    broken_at: int | None
    reason: str = ""


def record_event(
    *,
    actor: Annotator | None,
    action: str,
    target: str = "",
    project: Project | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write down an act, inside the transaction of the act itself.

    `before` and `after` hold pseudonyms only, never a name: an event outlives the person.
    """
    return AuditEvent.objects.create(
        actor="" if actor is None else actor.pseudonym,
        action=action,
        target=target,
        project=project,
        before=before,
        after=after,
    )


def chain_events() -> int:
    """Close the chain over the events written since the last time; return how many there were.

    The unique position makes the database refuse a second writer's link to the same event.
    """
    n_chained = 0
    while batch := _chain_batch():
        n_chained += batch
    return n_chained


@transaction.atomic
def _chain_batch() -> int:
    waiting = list(
        AuditEvent.objects.select_for_update(of=("self",))
        .filter(position=None)
        .order_by("id")[:CHAIN_BATCH]
    )
    if not waiting:
        return 0
    last = AuditEvent.objects.exclude(position=None).order_by("-position").first()
    position, previous = (0, "") if last is None else (last.position or 0, last.hash)
    for event in waiting:
        position += 1
        event.position, event.previous_hash = position, previous
        previous = event.hash = event_hash(event)
    AuditEvent.objects.bulk_update(waiting, ["position", "previous_hash", "hash"])
    return len(waiting)


def verify_chain() -> ChainReport:
    """Walk the chain from its start and compare every hash with the event it stands for."""
    previous = ""
    broken_at, reason = None, ""
    chained = AuditEvent.objects.exclude(position=None).order_by("position")
    for position, event in enumerate(chained.iterator(chunk_size=CHAIN_BATCH), start=1):
        if event.position != position:
            broken_at, reason = position, "an event is missing"
        elif event.previous_hash != previous:
            broken_at, reason = position, "it does not follow the event before it"
        elif event.hash != event_hash(event):
            broken_at, reason = position, "it was changed after it was chained"
        if broken_at is not None:
            break
        previous = event.hash
    return ChainReport(
        n_chained=chained.count(),
        n_waiting=AuditEvent.objects.filter(position=None).count(),
        head=previous,
        broken_at=broken_at,
        reason=reason,
    )


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over the event and the hash before it.

    The project is left out, as the reference is emptied when a project is deleted.
    """
    content = {
        "position": event.position,
        "previous_hash": event.previous_hash,
        "id": str(event.public_id),
        "happened_at": event.happened_at.isoformat(),
        "actor": event.actor,
        "action": event.action,
        "target": event.target,
        "before": event.before,
        "after": event.after,
    }
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
