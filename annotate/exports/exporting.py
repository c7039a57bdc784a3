"""Data goes out: asked for here, written in the background from one consistent view."""

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO

from django.core.files import File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.database.transactions import consistent_read
from annotate.errors import InvalidInput
from annotate.exports.formats import EXPORT_FORMATS, ExportFormat
from annotate.judging.exposures import record_exposure_to_project
from annotate.models import Annotator, Export, Project
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost, Work
from annotate.work.heartbeat import Heartbeat

EXPORTS = Work(Export, "annotate.tasks.run_export")


def queue_export(*, project: Project, requested_by: Annotator | None, format: str) -> Export:
    """Have a file written in the background. Raises: InvalidInput for an unknown format."""
    if format not in EXPORT_FORMATS:
        raise InvalidInput(_("This format is not known."), field="format", value=format)
    with transaction.atomic():
        row = Export.objects.create(project=project, requested_by=requested_by, format=format)
        record_event(
            actor=requested_by,
            action="export.queued",
            target=f"export:{row.public_id}",
            project=project,
            after={"format": format},
        )
        EXPORTS.ring_on_commit(row.pk)
    return row


def run_export(*, export_id: int) -> None:
    """Write a queued export. Called twice, the second finds nothing to claim and returns."""
    held = EXPORTS.claim(export_id)
    if held is None:
        return
    try:
        with in_language_of(held.row.user):
            _write(held)
    except ClaimLost:
        return  # another worker writes it now, to a file of its own
    except OSError as error:
        with in_language_of(held.row.user):
            held.fail(_("The file could not be written: %(reason)s") % {"reason": error})


def _write(held: Claim[Export]) -> None:
    row = held.row
    chosen = EXPORT_FORMATS[row.format]
    with tempfile.TemporaryFile() as file:
        with Heartbeat(held), consistent_read():
            n_lines, digest = _write_lines(file, chosen.lines(row.project))
        n_rows = n_lines - chosen.n_header_lines
        size = file.tell()
        file.seek(0)
        name = row.file.field.generate_filename(row, f"{row.token}.{chosen.extension}")
        stored = row.file.storage.save(name, File(file))
    try:
        held.succeed(file=stored, digest=digest, size_bytes=size, n_done=n_rows, n_total=n_rows)
    except ClaimLost:
        row.file.storage.delete(stored)
        raise


def _write_lines(file: IO[bytes], lines: Iterator[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    n_lines = 0
    for line in lines:
        file.write(line)
        digest.update(line)
        n_lines += 1
    return n_lines, digest.hexdigest()


def open_export(export: Export, *, reader: Annotator) -> FieldFile:
    """The file of a finished export for somebody who will read the votes in it.

    They may no longer judge what they read about.
    """
    if export.finished_at is None:
        raise ValueError("an export that is not finished has no file")
    record_exposure_to_project(annotator=reader, project=export.project, until=export.finished_at)
    return export.file.open("rb")


def download_name(export: Export) -> str:
    """What the file is called for people: the project, the format, the day."""
    chosen: ExportFormat = EXPORT_FORMATS[export.format]
    day = f"{export.requested_at:%Y-%m-%d}"
    return f"{export.project.slug}-{export.format}-{day}.{chosen.extension}"
