"""All that is kept encrypted under a new encryption key, while everything runs."""

from django.db import transaction

from annotate.access.audit import record_event
from annotate.endpoints.encryption import (
    add_key,
    alone,
    are_keys_from_environment,
    drop_older_keys,
    encrypt_again,
)
from annotate.models import Annotator, Delivery, Endpoint, SecondFactor, Webhook

HELD = (
    (Endpoint, "key_encrypted"),
    (Delivery, "content_encrypted"),
    (Webhook, "url_encrypted"),
    (Webhook, "secret_encrypted"),
    (SecondFactor, "secret_encrypted"),
)


def rotate_keys(*, changed_by: Annotator | None = None) -> int:
    """Encrypt every secret afresh under a new encryption key; how many there were.

    The new one is in the file before anything is encrypted with it, and the old ones go after
    everything is: cut short anywhere, each secret can be read. Raises: SecretUnreadable.
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
    n_secrets = 0
    for model, column in HELD:
        rows = model._default_manager.select_for_update().exclude(**{column: ""})
        for pk, stored in rows.order_by("pk").values_list("pk", column):
            model._default_manager.filter(pk=pk).update(**{column: encrypt_again(stored)})
            n_secrets += 1
    record_event(actor=changed_by, action="endpoint.keys_rotated", after={"n_keys": n_secrets})
    return n_secrets
