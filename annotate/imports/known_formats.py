"""What files may look like: each format that is read, with a row of it."""

import json
from dataclasses import dataclass

from django.utils.translation import gettext

from alignment_core.formats.examples import EXAMPLES
from alignment_core.formats.known import FORMATS, OF_ONE


@dataclass(frozen=True)
class KnownFormat:
    name: str
    label: str
    needs: tuple[str, ...]
    example: str  # a row as a line of JSON, set out to be read
    is_of_one: bool  # a completion or none: paired where two answer one prompt


def known_formats() -> list[KnownFormat]:
    return [
        KnownFormat(
            name=entry.name,
            label=gettext(entry.label),
            needs=entry.needs,
            example=json.dumps(EXAMPLES[entry.name], ensure_ascii=False, indent=2),
            is_of_one=entry in OF_ONE,
        )
        for entry in (*FORMATS, *OF_ONE)
    ]
