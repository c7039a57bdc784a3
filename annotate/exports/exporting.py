"""Data goes out: asked for here, written in the background from one consistent view."""

import hashlib
import tempfile

from django.core.files import File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.database.transactions import consistent_read
from annotate.errors import InvalidInput
from annotate.exports.export_options import USUAL, ExportOptions
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.writing import check_options, write_rows
from annotate.judging.exposures import record_exposure_to_project
from annotate.models import Annotator, Export, Project
from annotate.preferences.edits import Edits, have_edits
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost, Work
from annotate.work.heartbeat import Heartbeat

EXPORTS = Work(Export, "annotate.tasks.run_export")


def queue_export(
    *,
    project: Project,
    requested_by: Annotator | None,
    format: str,
    options: ExportOptions = USUAL,
) -> Export:
    """Have a file written in the background. Raises: InvalidInput for what cannot be written."""
    if format not in EXPORT_FORMATS:
        raise InvalidInput(_("This format is not known."), field="format", value=format)
    check_options(EXPORT_FORMATS[format], options)
    with transaction.atomic():
        row = Export.objects.create(
            project=project, requested_by=requested_by, format=format, options=options.as_json()
        )
        record_event(
            actor=requested_by,
            action="export.queued",
            target=f"export:{row.public_id}",
            project=project,
            after={"format": format, **options.as_json()},
        )
        EXPORTS.ring_on_commit(row.pk)
    return row


def usual_edits(project: Project) -> str:
    """What a page suggests: pairs of edited answers where somebody has edited one."""
    return (Edits.OVER_BOTH if have_edits([project]) else Edits.NONE).value


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
    except InvalidInput as error:  # what could be written when it was asked for, no longer
        with in_language_of(held.row.user):
            held.fail(str(error))
    except OSError as error:
        with in_language_of(held.row.user):
            held.fail(_("The file could not be written: %(reason)s") % {"reason": error})


def _write(held: Claim[Export]) -> None:
    row = held.row
    chosen = EXPORT_FORMATS[row.format]
    with tempfile.TemporaryFile() as file:
        with Heartbeat(held), consistent_read():
            written = write_rows(file, row.project, chosen, ExportOptions.of(row.options))
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        name = row.file.field.generate_filename(row, f"{row.token}.{chosen.extension}")
        stored = row.file.storage.save(name, File(file))
    try:
        held.succeed(
            file=stored,
            digest=digest,
            size_bytes=size,
            n_done=written.n_rows,
            n_total=written.n_rows,
            left_out=written.left_out,
        )
    except ClaimLost:
        row.file.storage.delete(stored)
        raise


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
    day = timezone.localtime(export.requested_at)
    name = f"{export.project.slug}-{export.format}-{day:%Y-%m-%d}"
    return f"{name}.{EXPORT_FORMATS[export.format].extension}"
