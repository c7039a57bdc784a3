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


# Where several are put in order, letters pick answers, and there are no two to set side by side.
WHERE_RANKED = {"history": "p"}
OF_TWO = {"differences"}


@register.simple_tag
def reading_actions(*, is_ranking: bool = False) -> tuple[tuple[str, str, str | Promise], ...]:
    if not is_ranking:
        return ACTIONS
    return tuple(
        (action, WHERE_RANKED.get(action, key), words)
        for action, key, words in ACTIONS
        if action not in OF_TWO
    )
