"""The keys of all endpoints under a new encryption key, while everything runs."""

from django.db import transaction

from annotate.access.audit import record_event
from annotate.endpoints.encryption import (
    add_key,
    alone,
    are_keys_from_environment,
    drop_older_keys,
    encrypt_again,
)
from annotate.models import Annotator, Endpoint


def rotate_keys(*, changed_by: Annotator | None = None) -> int:
    """Encrypt every key afresh under a new encryption key; how many there were.

    The new one is in the file before anything is encrypted with it, and the old ones go after
    everything is: cut short anywhere, each key can be read. Raises: SecretUnreadable.
    """
    is_file = not are_keys_from_environment()  # else the operator has put a new one first
    with alone():
        if is_file:
            add_key()
        n_keys = _encrypt_all_again(changed_by)
        if is_file:
            drop_older_keys()
    return n_keys


@transaction.atomic
def _encrypt_all_again(changed_by: Annotator | None) -> int:
    held = Endpoint.objects.select_for_update().exclude(key_encrypted="")
    n_keys = 0
    for endpoint in held.order_by("pk"):
        again = encrypt_again(endpoint.key_encrypted)
        Endpoint.objects.filter(pk=endpoint.pk).update(key_encrypted=again)
        n_keys += 1
    record_event(actor=changed_by, action="endpoint.keys_rotated", after={"n_keys": n_keys})
    return n_keys
