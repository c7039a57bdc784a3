"""Files that were read are kept for a while, should somebody ask what was in them, then deleted."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from annotate.models import UNFINISHED, Import, Upload

BATCH = 100
UPLOAD_DAYS = 1  # that nobody has said to import


def drop_old_import_files() -> int:
    """How many files were deleted; what was in them, and what was wrong with it, stays."""
    kept_for = timedelta(days=settings.ACCORD_IMPORT_DAYS)
    old = Import.objects.filter(finished_at__lt=Now() - kept_for)
    n_dropped = 0
    for row in old.exclude(state__in=UNFINISHED).exclude(file="")[:BATCH]:
        row.file.delete(save=False)  # deleted twice, it is no error
        Import.objects.filter(pk=row.pk).update(file="")
        n_dropped += 1
    return n_dropped + _drop_uploads()


def _drop_uploads() -> int:
    old = Upload.objects.filter(uploaded_at__lt=Now() - timedelta(days=UPLOAD_DAYS))
    uploads = list(old[:BATCH])
    for upload in uploads:
        discard_upload(upload)
    return len(uploads)


def discard_upload(upload: Upload) -> None:
    """The file goes first: without its row it would be found no more."""
    upload.file.delete(save=False)
    upload.delete()
