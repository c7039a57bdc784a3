"""Reports that a person must look at, apart from any verdict."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.errors import InvalidInput, LeaseLost, NothingToUndo
from annotate.models import Annotator, Flag, FlagReason, Lease
from annotate.text.free_text import refuse_unstorable

NOTE_BREAK = "\n\n"  # between notes that came one after the other


@transaction.atomic
def flag_comparison(*, annotator: Annotator, lease_id: UUID, reason: str, note: str = "") -> Flag:
    """Report what a lease is, or was, about.

    While nobody has looked at it, the same report again is the same row, and another note joins
    the first. What a reviewer has closed is raised anew.

    Raises: InvalidInput, LeaseLost.
    """
    if reason not in FlagReason.values:
        raise InvalidInput(_("There is no such reason."), field="reason", value=reason)
    refuse_unstorable(note, field="note")
    lease = Lease.objects.filter(public_id=lease_id, annotator=annotator).first()
    if lease is None:
        raise LeaseLost
    flag, is_new = Flag.objects.select_for_update().get_or_create(
        comparison_id=lease.comparison_id,
        annotator=annotator,
        reason=reason,
        closed_at=None,
        defaults={"note": note},
    )
    if not is_new and note not in flag.note:
        flag.note = NOTE_BREAK.join(filter(None, [flag.note, note]))
        flag.save(update_fields=["note"])
    return flag


def take_back_flag(*, annotator: Annotator, flag_id: UUID) -> None:
    """Undo a report, as long as nobody has looked at it; undone twice, it is undone once.

    Raises: NothingToUndo.
    """
    flags = Flag.objects.filter(annotator=annotator, public_id=flag_id)
    is_undone = flags.filter(closed_at=None).update(closed_at=Now(), taken_back_at=Now())
    if not is_undone and not flags.exclude(taken_back_at=None).exists():
        raise NothingToUndo


@transaction.atomic
def close_flag(*, flag: Flag, closed_by: Annotator | None = None) -> bool:
    """Say that a report has been looked at; False, if that had been said before."""
    if not Flag.objects.filter(pk=flag.pk, closed_at=None).update(closed_at=Now()):
        return False
    record_event(
        actor=closed_by,
        action="flag.closed",
        target=f"flag:{flag.public_id}",
        project=flag.comparison.project,
        after={"reason": flag.reason, "comparison": str(flag.comparison.public_id)},
    )
    return True
