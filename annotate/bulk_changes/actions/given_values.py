"""Values that actions take, as somebody wrote them."""

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput


def nothing(value: str) -> str:
    if value:
        raise InvalidInput(
            _("This takes no value, and “%(value)s” is one.") % {"value": value},
            field="value",
            value=value,
        )
    return ""


def whole_number(value: str, *, least: int, most: int) -> str:
    text = value.strip()
    try:
        number = int(text) if text.isascii() and len(text) <= 10 else None
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise InvalidInput(
            _("“%(value)s” is not a whole number from %(least)d to %(most)d.")
            % {"value": value, "least": least, "most": most},
            field="value",
            value=value,
        )
    return str(number)
