"""A form sent twice, as by two clicks, asks for one import."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File


def id_asked_for(token: UUID, file: "File[bytes]", choices: Mapping[str, Any]) -> UUID:
    """The same for the same page, file and choices: whoever goes back and changes one asks anew."""
    digest = hashlib.sha256()
    for part in file.chunks():  # from the beginning
        digest.update(part)
    file.seek(0)
    return uuid5(token, json.dumps([digest.hexdigest(), choices], sort_keys=True))
