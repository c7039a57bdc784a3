from typing import Any

from annotate.endpoints.encryption import are_keys_from_environment
from annotate.endpoints.key_rotation import rotate_keys
from annotate.management.base import AccordCommand


class Command(AccordCommand):
    help = (
        "Encrypt all secrets (keys of endpoints, letters that wait) afresh: under a new key in the "
        "data directory's file, or under the first of ACCORD_ENCRYPTION_KEYS."
    )

    def run(self, **_options: Any) -> tuple[str, dict[str, Any]]:
        n_keys = rotate_keys()
        sentence = f"{n_keys} secrets are encrypted afresh."
        if are_keys_from_environment():
            sentence += " The older keys may leave ACCORD_ENCRYPTION_KEYS now."
        return sentence, {"n_keys": n_keys}
