"""Bringing a base along: at once where it is small, else in the background."""

from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotate.access.permissions import annotator_for
from annotate.errors import AccordError
from annotate.models import UNFINISHED, User, WorkState
from annotate.text.language import in_language_of
from annotate.work.claims import ClaimLost, Work
from annotate.work.heartbeat import Heartbeat
from training.checkpoints.base_sources import layers_of, local_directory, require_hub_id
from training.checkpoints.registry import register_base
from training.models import Checkpoint, Registration

SMALL_BYTES = 2**30  # read within a few seconds
SHOWN_FOR = timedelta(hours=1)  # what has failed
REGISTRATIONS = Work(Registration, "training.tasks.run_registration")


def bring_base(
    *, path_or_hub_id: str, name: str = "", brought_by: User
) -> Checkpoint | Registration:
    """The base, or the row of the work that will end in it.

    Raises: BaseRefused, for what can be told at once.
    """
    wanted = path_or_hub_id.strip()
    directory = local_directory(wanted)
    if directory is None:
        require_hub_id(wanted)
    elif sum(_size_of(layer) for layer in layers_of(directory)) <= SMALL_BYTES:
        return register_base(path_or_hub_id=wanted, name=name, registered_by=brought_by)
    with transaction.atomic():
        row = Registration.objects.create(
            wanted=wanted, name=name, requested_by=annotator_for(brought_by)
        )
        REGISTRATIONS.ring_on_commit(row.pk)
    return row


def run_registration(*, registration_id: int) -> None:
    """Read a base that is waiting. Called twice, the second finds nothing to claim and returns."""
    held = REGISTRATIONS.claim(registration_id)
    if held is None:
        return
    row = held.row
    try:
        with in_language_of(row.user), Heartbeat(held):
            base = register_base(path_or_hub_id=row.wanted, name=row.name, registered_by=row.user)
        held.succeed(base=base)
    except (AccordError, OSError) as error:
        held.fail(str(error))
    except ClaimLost:
        return  # another worker reads it now


def registrations_to_show() -> QuerySet[Registration]:
    """Those under way, and those that failed of late."""
    failed = Q(state=WorkState.FAILED, finished_at__gt=Now() - SHOWN_FOR)
    return Registration.objects.filter(Q(state__in=UNFINISHED) | failed).order_by("-pk")


def _size_of(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
