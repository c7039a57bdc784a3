"""Reasons that a worker wrote down, in the language of whoever reads them.

A worker has no reader, so it writes as the strings stand in the code, in English. They are found
again in the catalogue; a sentence with parts by its template, and each part in its turn.
"""

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

WITH_PARTS = (
    gettext_noop("Step %(n)d (%(step)s) was cancelled."),
    gettext_noop("Step %(n)d (%(step)s): %(reason)s"),
    gettext_noop(
        "It was rejected on %(date)s, and the evidence is what it was then: it is not proposed "
        "again."
    ),
)
PART = re.compile(r"%\((?P<name>\w+)\)(?P<kind>[sd])")


def in_readers_language(reason: str) -> str:
    """The reason; what names the work of people, such as a run's own error, stays as it is."""
    for template in WITH_PARTS:
        found = _pattern(template).fullmatch(reason)
        if found is not None:
            return gettext(template) % {
                name: _part(text) for name, text in found.groupdict().items()
            }
    return gettext(reason) if reason else reason


def _part(text: str) -> str | int:
    return int(text) if text.isdecimal() else in_readers_language(text)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    written, end = "", 0
    for part in PART.finditer(template):
        within = r"\d{1,9}" if part["kind"] == "d" else ".+?"
        written += re.escape(template[end : part.start()]) + f"(?P<{part['name']}>{within})"
        end = part.end()
    return re.compile(written + re.escape(template[end:]), re.DOTALL)
