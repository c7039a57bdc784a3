"""What helps to read a pair: the sheet of it and the list of keys say the same, from here."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

# What static/js/reading.js does, by its name there; its key; its words.
ACTIONS: tuple[tuple[str, str, str | Promise], ...] = (
    ("differences", "d", _("Mark the differences")),
    ("written", "w", _("Text as it was written")),
    ("history", "h", _("Instructions and what was said before")),
    ("other", "x", _("The other answer")),
    ("stacked", "v", _("One answer below the other")),
    ("apart", "y", _("Scroll each answer by itself")),
    ("larger", "l", _("Larger text")),
    ("smaller", "m", _("Smaller text")),
)


@register.simple_tag
def reading_actions() -> tuple[tuple[str, str, str | Promise], ...]:
    return ACTIONS
