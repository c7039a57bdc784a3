"""How far people agree, as pictures: the headline before its bands, and over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alignment_core.reporting.shapes import Course, courses_plot, spans_plot
from alignment_core.reporting.svg import Point
from annotate.agreement.words import FIGURES
from annotate.dashboards.chart import DAY, LOOK, NUMBER, SHARE, TEXT, Chart, Column
from annotate.dashboards.figure_parts import (
    ALPHA,
    PERCENT,
    Section,
    bands_of,
    cells,
    columns,
    short_day,
    span,
    told,
    told_ends,
)

HEADLINE: Mapping[str, tuple[str | Promise, str, tuple[str, ...]]] = {
    "alpha": (gettext_lazy("Agreement beyond chance"), NUMBER, (ALPHA,)),
    "percent": (
        gettext_lazy("Agreement in percent"),
        SHARE,
        (PERCENT, "percent_agreement_by_comparison"),
    ),
    "kappa": (
        gettext_lazy("Agreement beyond chance, by other coefficients"),
        NUMBER,
        ("fleiss_kappa", "gwet_ac1"),
    ),
}


def headline_charts(report: Section) -> list[Chart]:
    """The figures of the headline, each before the bands of the words that are put to it."""
    figures = report["figures"]
    return [
        _headline(key, title, kind, [(name, figures[name]) for name in names if name in figures])
        for key, (title, kind, names) in HEADLINE.items()
    ]


def _headline(
    key: str, title: str | Promise, kind: str, figures: Sequence[tuple[str, Section]]
) -> Chart:
    defined = [(name, figure) for name, figure in figures if figure["value"] is not None]
    lowest = min((figure["low"] or figure["value"] for _name, figure in defined), default=0.0)
    low = min(0.0, lowest) if key == "percent" else min(-0.1 if key == "kappa" else 0.0, lowest)
    return Chart(
        key=f"headline_{key}",
        title=str(title),
        columns=columns(Column("figure", _("Figure"), TEXT), kind),
        rows=[(str(FIGURES[name].name), *cells(figure)) for name, figure in figures],
        svg=spans_plot(
            [span(str(FIGURES[name].name), figure) for name, figure in defined],
            title=str(title),
            description=told([(str(FIGURES[name].name), figure) for name, figure in defined], kind),
            look=LOOK,
            x_range=(low, 1.0),
            bands=bands_of(key, low),
        )
        if defined
        else "",
    )


def over_time_charts(
    section: Section, *, url_of: Callable[[date, str], str] | None = None
) -> list[Chart]:
    """Agreement and lean by period; none where no time is known, or all is of one period."""
    periods = section["periods"]
    if len(periods) < 2:
        return []
    unit = {
        "day": _("Comparisons by the day of their last judgement."),
        "week": _("Comparisons by the week of their last judgement."),
        "month": _("Comparisons by the month of their last judgement."),
    }[section["unit"]]
    begins = [date.fromisoformat(period["begin"]) for period in periods]
    urls = [url_of(begin, section["unit"]) for begin in begins] if url_of else []
    titles = {
        "alpha_over_time": (_("Krippendorff’s alpha over time"), ALPHA),
        "percent_over_time": (_("Percent agreement over time"), PERCENT),
        "left_over_time": (_("Share of left choices over time"), "left_share"),
    }
    return [
        replace(_course(key, title, periods, name, unit), urls=urls)
        for key, (title, name) in titles.items()
    ]


def _course(key: str, title: str, periods: Sequence[Section], name: str, note: str) -> Chart:
    kind = NUMBER if name == ALPHA else SHARE
    begins = [date.fromisoformat(period["begin"]) for period in periods]
    points = [
        Point(
            x=begin.toordinal(),
            y=figure["value"],
            low=figure["low"],
            high=figure["high"],
        )
        for begin, period in zip(begins, periods, strict=True)
        if (figure := period[name])["value"] is not None
    ]
    return Chart(
        key=key,
        title=title,
        note=note,
        columns=columns(Column("begin", _("From"), DAY), kind),
        rows=[(begin, *cells(period[name])) for begin, period in zip(begins, periods, strict=True)],
        svg=courses_plot(
            [Course(points=points)],
            title=title,
            description=told_ends(points, kind),
            look=LOOK,
            x_words=short_day,
            guide=0.5 if name == "left_share" else None,
        )
        if points
        else "",
    )
