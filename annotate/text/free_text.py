"""What no database column can hold is refused at the door, with the field it came in."""

import re
from typing import Any

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def refuse_unstorable(value: Any, *, field: str) -> None:
    """Look through text, lists and mappings for characters that PostgreSQL cannot store.

    Raises: InvalidInput for a NUL character or half of a surrogate pair.
    """
    if isinstance(value, str):
        _refuse_unstorable_text(value, field=field)
    elif isinstance(value, dict):
        for name, part in value.items():
            refuse_unstorable(name, field=field)
            refuse_unstorable(part, field=field)
    elif isinstance(value, list | tuple):
        for part in value:
            refuse_unstorable(part, field=field)


def replace_unstorable(value: Any) -> Any:
    """The same text, list or mapping with � for each such character: for what a model wrote."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {replace_unstorable(name): replace_unstorable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [replace_unstorable(part) for part in value]
    return value


def _refuse_unstorable_text(text: str, *, field: str) -> None:
    if "\0" in text:
        raise InvalidInput(_("The text contains a NUL character."), field=field, value="\\0")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            _("The text contains half of a character (a lone surrogate)."),
            field=field,
            value=ascii(text[error.start : error.end]),
        ) from error
