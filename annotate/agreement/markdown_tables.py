"""Tables of figures in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.agreement.plain_text import ShownFigure
from annotate.agreement.words import UNDEFINED


def figure_table(rows: Iterable[ShownFigure]) -> str:
    head = [_("Figure"), _("Value"), _("Interval"), _("Word"), _("Rests on")]
    return table(
        head,
        [
            (
                figure.words.name,
                figure.value or _("undefined"),
                interval(figure),
                figure.word or figure.undefined,
                f"{figure.count} {figure.count_label}",
            )
            for figure in rows
        ],
    )


def notes(rows: Iterable[ShownFigure]) -> str:
    return "\n".join(
        f"- **{figure.words.name}.** {figure.words.says} {_('What it does not say:')} "
        f"{figure.words.does_not_say} {' '.join(str(note) for note in figure.notes)}".rstrip()
        for figure in rows
    )


def in_words(figure: ShownFigure) -> tuple[object, object, object]:
    return figure.value or _("undefined"), interval(figure), figure.word or figure.undefined


def why_undefined(section: Mapping[str, Any]) -> str:
    if not section["undefined"]:
        return ""
    return _("Undefined, %(reason)s.") % {"reason": UNDEFINED[section["undefined"]]}


def interval(figure: ShownFigure) -> str:
    if not figure.low:
        return ""
    ends = _("%(low)s to %(high)s") % {"low": figure.low, "high": figure.high}
    return f"{ends} ({figure.caution})" if figure.caution else ends


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return _("None yet.")
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines)


def cell(text: object) -> str:
    """Nothing that ends a cell or a line."""
    return " ".join(str(text).split()).replace("|", "\\|")
