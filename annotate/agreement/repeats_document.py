"""How far people say the same again, in Markdown."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement.markdown_tables import figure_table, in_words, notes, table, why_undefined
from annotate.agreement.plain_text import rounded, shown, whole
from annotate.agreement.section_words import AGAIN, SECTION_FIGURES

Section = Mapping[str, Any]


def repeats(section: Section) -> list[str]:
    figures = [shown(name, section["figures"][stored]) for name, stored in AGAIN.items()]
    head = [_("Annotator"), SECTION_FIGURES["same_again"].name, _("Interval"), _("Repeats")]
    rows = [
        (
            f"`{entry['annotator']}`",
            *in_words(shown("same_again", entry["percent_agreement"]))[:2],
            whole(entry["n_repeats"]),
        )
        for entry in section["annotators"]
    ]
    return [
        why_undefined(section),
        "" if section["undefined"] else _came_back(section),
        _alone(section["n_alone"]),
        "" if section["undefined"] else figure_table(figures),
        table(head, rows) if rows else "",
        "" if section["undefined"] else notes(figures),
    ]


def _came_back(section: Section) -> str:
    n, exchanged = section["n_repeats"], section["n_sides_exchanged"]
    told = ngettext(
        "%(n)s comparison was judged again, sides exchanged in %(exchanged)s.",
        "%(n)s comparisons were judged again, sides exchanged in %(exchanged)s.",
        n,
    ) % {"n": whole(n), "exchanged": whole(exchanged)}
    seconds = section["median_seconds_between"]
    if seconds is None:
        return told
    between = _("Half of them came back within %(hours)s hours.")
    return f"{told} {between % {'hours': rounded(seconds / 3600, 1)}}"


def _alone(n: int) -> str:
    if not n:
        return ""
    return ngettext(
        "%(n)s repeat stands alone, as its first judgement does not take part.",
        "%(n)s repeats stand alone, as their first judgements do not take part.",
        n,
    ) % {"n": whole(n)}
