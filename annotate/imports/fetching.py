"""A file of a hub's data set comes in the background; then it waits to be looked at.

Whoever asks may have it imported at once instead, by choices made beforehand.
"""

import tempfile
from collections.abc import Mapping
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.errors import AccordError
from annotate.imports import hub_datasets
from annotate.imports.uploads import import_upload, keep_upload, take_away
from annotate.models import Annotator, HubFetch, Project
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost, Work
from annotate.work.heartbeat import Heartbeat

FETCHES = Work(HubFetch, "annotate.tasks.run_hub_fetch")
TOLD_EVERY = 4 * 2**20  # bytes


def queue_fetch(
    *,
    project: Project,
    requested_by: Annotator,
    dataset: str,
    revision: str,
    path: str,
    choices: Mapping[str, Any] | None = None,
    imports_at_once: bool = False,
) -> HubFetch:
    """Have a file fetched. Raises: InvalidInput for what is no file of a data set."""
    row = HubFetch(
        project=project,
        requested_by=requested_by,
        dataset=hub_datasets.dataset_named(dataset),
        revision=hub_datasets.revision_named(revision),
        path=hub_datasets.checked_path(path),
        choices=dict(choices or {}),
        imports_at_once=imports_at_once,
    )
    with transaction.atomic():
        row.save()
        record_event(
            actor=requested_by,
            action="hub_fetch.queued",
            target=f"hub_fetch:{row.public_id}",
            project=project,
            after={"dataset": row.dataset, "revision": row.revision, "path": row.path},
        )
        FETCHES.ring_on_commit(row.pk)
    return row


def run_fetch(*, fetch_id: int) -> None:
    """Fetch a queued file. Called twice, the second finds nothing to claim and returns.

    One at a time: a slow hub must not hold the threads that imports and exports wait for.
    """
    held = FETCHES.claim(fetch_id, waits_for=FETCHES.alive())
    if held is None:
        return
    with in_language_of(held.row.user):
        try:
            _fetch(held)
        except ClaimLost:
            return  # another worker fetches it now, to a file of its own
        except AccordError as error:
            held.fail(str(error))
        except OSError as error:
            held.fail(_("The file could not be written: %(reason)s") % {"reason": error})


def _fetch(held: Claim[HubFetch]) -> None:
    row = held.row
    if row.requested_by is None:
        held.fail(_("Whoever asked for it is not here any more."))
        return
    with tempfile.TemporaryFile() as scratch:
        with Heartbeat(held):
            told = _Told(held)
            hub_datasets.fetch(row.dataset, row.revision, row.path, scratch, on_bytes=told)
        n_bytes = scratch.tell()
        scratch.seek(0)
        _hand_over(held, row.requested_by, scratch, n_bytes)


class _Told:
    """Tells how much is there, now and then. Raises: ClaimLost."""

    def __init__(self, held: Claim[HubFetch]) -> None:
        self.held = held
        self.next = TOLD_EVERY

    def __call__(self, n_bytes: int) -> None:
        if n_bytes >= self.next:
            self.held.write(n_done=n_bytes)
            self.next = n_bytes + TOLD_EVERY


def _hand_over(
    held: Claim[HubFetch], requested_by: Annotator, file: IO[bytes], n_bytes: int
) -> None:
    """The file waits, or is imported; killed here, the next attempt finds only repeats in it."""
    row = held.row
    given = {"file": File(file, name=row.path.rsplit("/", 1)[-1]), **row.choices}
    upload = keep_upload(row.project, requested_by, given)
    done = {"n_done": n_bytes, "n_total": n_bytes}
    try:
        if row.imports_at_once:
            held.write(**done)
            held.succeed(came_in_as=import_upload(upload, requested_by=requested_by))
        else:
            held.succeed(upload=upload, **done)
    except BaseException:
        take_away(upload)
        raise
