"""Registering what was stored and deleting what no row names exclude one another."""

import errno

from django.utils.translation import gettext as _

from training.artifacts.store import StoredDirectory, is_whole
from training.models import Installation


def hold_store() -> None:
    """Until this transaction is over nobody else registers weights or deletes any."""
    Installation.objects.get_or_create(pk=1)
    Installation.objects.select_for_update().get(pk=1)


def require_stored(stored: StoredDirectory) -> None:
    """Hold the store, in which all of the files still are.

    Raises: FileNotFoundError where equal weights were deleted while these were being stored.
    """
    hold_store()
    if not is_whole(stored):
        raise FileNotFoundError(
            errno.ENOENT, _("Stored weights were deleted meanwhile"), stored.folder
        )
