"""The stored agreement figures as a document: Markdown, or a page of HTML made from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from annotate.agreement import shown as figures
from annotate.agreement.plain_text import ShownFigure, redundancy, shown, whole
from annotate.models import AgreementReport

Report = Mapping[str, Any]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c1c1c; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 0.3rem 0.8rem 0.3rem 0; text-align: start;
  vertical-align: top; }
code { font-size: 0.9em; }
"""


def markdown(stored: AgreementReport, cohort: str) -> str:
    """Headline, biases, annotators, pairs and contested comparisons, each figure with its word.

    Args: cohort, a key of the stored report: "without_simulated" or "all".
    """
    report = stored.report[cohort]
    counts = report["counts"]
    headline = figures.headline(report)
    biases = [shown("position", report["position"]), *figures.biases(report)]
    parts = [
        f"# {_('Agreement')}: {_cell(stored.project.name)}",
        _("%(judgements)s judgements of %(comparisons)s comparisons, computed %(when)s.")
        % {
            "judgements": whole(counts["n_judgements"]),
            "comparisons": whole(counts["n_comparisons"]),
            "when": date_format(stored.computed_at, "Y-m-d H:i"),
        },
        f"## {_('How far people agree')}",
        *filter(None, [redundancy(report["redundancy"])]),
        _figures(headline),
        f"## {_('What else may sway people')}",
        _figures(biases),
        f"## {_('How reliable each annotator is')}",
        _annotators(report),
        f"## {_('Who agrees with whom')}",
        _pairs(report),
        f"## {_('Groups beside each other')}",
        _groups(stored.report),
        f"## {_('What people divide on')}",
        _contested(report),
        f"## {_('How to read this')}",
        _notes([*headline, *biases]),
    ]
    return "\n\n".join(parts) + "\n"


def html(stored: AgreementReport, cohort: str) -> str:
    """The same as one file that stands alone."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table")
    title = escape(f"{_('Agreement')}: {stored.project.name}")
    return (
        f'<!doctype html>\n<html lang="{get_language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body.render(markdown(stored, cohort))}</body>\n</html>\n"
    )


def _figures(rows: Iterable[ShownFigure]) -> str:
    head = [_("Figure"), _("Value"), _("Interval"), _("Word"), _("Rests on")]
    return _table(
        head,
        [
            (
                figure.words.name,
                figure.value or _("undefined"),
                _interval(figure),
                figure.word or figure.undefined,
                f"{figure.count} {figure.count_label}",
            )
            for figure in rows
        ],
    )


def _annotators(report: Report) -> str:
    head = [_("Annotator"), _("Reliability"), _("Interval"), _("Word"), _("Judgements")]
    return _table(
        [*head, _("Median seconds")],
        [
            (
                _who(entry.who),
                entry.reliability.value,
                _interval(entry.reliability),
                entry.reliability.word,
                whole(entry.n_judgements),
                entry.seconds,
            )
            for entry in figures.annotators(report)
        ],
    )


def _pairs(report: Report) -> str:
    head = [_("Pair"), _("Cohen’s kappa"), _("Interval"), _("Word"), _("Agree"), _("Both judged")]
    return _table(
        head,
        [
            (
                f"{_who(pair.first)} · {_who(pair.second)}",
                pair.kappa.value or _("undefined"),
                _interval(pair.kappa),
                pair.kappa.word or pair.kappa.undefined,
                pair.agreement.value,
                whole(pair.n_shared),
            )
            for pair in figures.pairs(report)
        ],
    )


def _groups(stored: Report) -> str:
    head = [_("Groups"), _("Agree"), _("Interval"), _("Cohen’s kappa"), _("Interval")]
    return _table(
        [*head, _("Both judged")],
        [
            (
                f"{pair.first} · {pair.second}",
                pair.agreement.value,
                _interval(pair.agreement),
                pair.kappa.value or _("undefined"),
                _interval(pair.kappa),
                whole(pair.n_shared),
            )
            for pair in figures.groups(stored)
        ],
    )


def _contested(report: Report) -> str:
    head = [_("Comparison"), _("Judgements"), _("Pairs that differ")]
    return _table(
        [*head, _("Likeliest verdict holds with")],
        [
            (f"`{entry.comparison}`", whole(entry.n_judgements), entry.differing, entry.probability)
            for entry in figures.contested(report)
        ],
    )


def _notes(rows: Iterable[ShownFigure]) -> str:
    return "\n".join(
        f"- **{figure.words.name}.** {figure.words.says} {_('What it does not say:')} "
        f"{figure.words.does_not_say} {' '.join(str(note) for note in figure.notes)}".rstrip()
        for figure in rows
    )


def _interval(figure: ShownFigure) -> str:
    if not figure.low:
        return ""
    ends = _("%(low)s to %(high)s") % {"low": figure.low, "high": figure.high}
    return f"{ends} ({figure.caution})" if figure.caution else ends


def _who(who: figures.Who) -> str:
    return f"`{who.pseudonym}`" + (f" ({who.machine})" if who.machine else "")


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return _("None yet.")
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: object) -> str:
    """Nothing that ends a cell or a line."""
    return " ".join(str(text).split()).replace("|", "\\|")
