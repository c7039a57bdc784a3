"""The stored agreement figures as a document: Markdown, or a page of HTML made from it."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from annotate.agreement import shown as figures
from annotate.agreement.contested_words import words_of_contested
from annotate.agreement.markdown_tables import cell, figure_table, interval, notes, table
from annotate.agreement.plain_text import redundancy, shown, whole
from annotate.agreement.section_document import sections
from annotate.models import AgreementReport
from annotate.text.moments import named_moment

Report = Mapping[str, Any]

LINKED = ["autolink", "image", "link"]  # names of models and projects are others' words
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c1c1c; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 0.3rem 0.8rem 0.3rem 0; text-align: start;
  vertical-align: top; }
code { font-size: 0.9em; }
"""


def markdown(stored: AgreementReport, cohort: str, included: Mapping[str, Report]) -> str:
    """Headline, biases, annotators, pairs and contested comparisons, each figure with its word.

    Args: cohort, a key of the stored report: "without_simulated" or "all". included: further
        sections by name, as `annotate.agreement.included` gives them.
    """
    report = stored.report[cohort]
    counts = report["counts"]
    headline = figures.headline(report)
    biases = [shown("position", report["position"]), *figures.biases(report)]
    parts = [
        f"# {_('Agreement')}: {cell(stored.project.name)}",
        _("%(judgements)s judgements of %(comparisons)s comparisons, computed %(when)s.")
        % {
            "judgements": whole(counts["n_judgements"]),
            "comparisons": whole(counts["n_comparisons"]),
            "when": named_moment(stored.computed_at),
        },
        f"## {_('How far people agree')}",
        *filter(None, [redundancy(report["redundancy"])]),
        figure_table(headline),
        f"## {_('What else may sway people')}",
        figure_table(biases),
        f"## {_('How reliable each annotator is')}",
        _annotators(report),
        f"## {_('Who agrees with whom')}",
        _pairs(report),
        f"## {_('Groups beside each other')}",
        _groups(stored.report),
        f"## {_('What people divide on')}",
        _contested(report),
        *sections(included),
        f"## {_('How to read this')}",
        notes([*headline, *biases]),
    ]
    return "\n\n".join(parts) + "\n"


def html(stored: AgreementReport, cohort: str, included: Mapping[str, Report]) -> str:
    """The same as one file that stands alone."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").disable(LINKED)
    title = escape(f"{_('Agreement')}: {stored.project.name}")
    return (
        f'<!doctype html>\n<html lang="{get_language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body.render(markdown(stored, cohort, included))}</body>\n</html>\n"
    )


def _annotators(report: Report) -> str:
    head = [_("Annotator"), _("Reliability"), _("Interval"), _("Word"), _("Judgements")]
    return table(
        [*head, _("Median seconds")],
        [
            (
                _who(entry.who),
                entry.reliability.value,
                interval(entry.reliability),
                entry.reliability.word,
                whole(entry.n_judgements),
                entry.seconds,
            )
            for entry in figures.annotators(report)
        ],
    )


def _pairs(report: Report) -> str:
    head = [_("Pair"), _("Cohen’s kappa"), _("Interval"), _("Word"), _("Agree"), _("Both judged")]
    return table(
        head,
        [
            (
                f"{_who(pair.first)} · {_who(pair.second)}",
                pair.kappa.value or _("undefined"),
                interval(pair.kappa),
                pair.kappa.word or pair.kappa.undefined,
                pair.agreement.value,
                whole(pair.n_shared),
            )
            for pair in figures.pairs(report)
        ],
    )


def _groups(stored: Report) -> str:
    head = [_("Groups"), _("Agree"), _("Interval"), _("Cohen’s kappa"), _("Interval")]
    return table(
        [*head, _("Both judged")],
        [
            (
                f"{pair.first} · {pair.second}",
                pair.agreement.value,
                interval(pair.agreement),
                pair.kappa.value or _("undefined"),
                interval(pair.kappa),
                whole(pair.n_shared),
            )
            for pair in figures.groups(stored)
        ],
    )


def _contested(report: Report) -> str:
    head = [_("Comparison"), _("Judgements"), _("Pairs that differ")]
    return table(
        [*head, _("Likeliest verdict holds with")],
        [
            (
                cell(entry.words) or f"`{entry.comparison}`",
                whole(entry.n_judgements),
                entry.differing,
                entry.probability,
            )
            for entry in figures.contested(report, words_of_contested(report))
        ],
    )


def _who(who: figures.Who) -> str:
    return f"`{who.pseudonym}`" + (f" ({who.machine})" if who.machine else "")
