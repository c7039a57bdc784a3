"""What charts of stored figures are made of: columns, cells, intervals, bands of readings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from alignment_core.reporting.shapes import Band, Span
from alignment_core.reporting.svg import Point
from annotate.agreement.plain_text import coefficient, percent
from annotate.agreement.words import READINGS
from annotate.dashboards.chart import NUMBER, SHARE, Column, short_number
from annotate.text.moments import day_in_words

Section = Mapping[str, Any]
Names = Mapping[str, str]

ALPHA, PERCENT = "krippendorff_alpha", "percent_agreement"
# A reading's bands, from the lowest: where each ends, and the key of its word.
BANDS: Mapping[str, Sequence[tuple[float, str]]] = {
    "alpha": (
        (0.667, "krippendorff_unreliable"),
        (0.8, "krippendorff_tentative"),
        (1.0, "krippendorff_reliable"),
    ),
    "kappa": (
        (0.0, "landis_koch_poor"),
        (0.2, "landis_koch_slight"),
        (0.4, "landis_koch_fair"),
        (0.6, "landis_koch_moderate"),
        (0.8, "landis_koch_substantial"),
        (1.0, "landis_koch_almost_perfect"),
    ),
    "percent": (
        (0.63, "preference_below_usual"),
        (0.77, "preference_usual"),
        (1.0, "preference_above_usual"),
    ),
}


def bands_of(key: str, low: float) -> list[Band]:
    bands, begin = [], low
    for end, word in BANDS[key]:
        if end > begin:
            bands.append(Band(low=begin, high=end, name=str(READINGS[word])))
            begin = end
    return bands


def columns(first: Column, kind: str) -> tuple[Column, ...]:
    return (
        first,
        Column("value", _("Value"), kind),
        Column("low", _("from"), kind),
        Column("high", _("to"), kind),
        Column("n_comparisons", _("Comparisons")),
        Column("n_judgements", _("Judgements")),
    )


def cells(figure: Section) -> tuple[Any, ...]:
    return (*ends_of(figure), figure["n_comparisons"], figure["n_judgements"])


def ends_of(figure: Section) -> tuple[Any, Any, Any]:
    return figure["value"], figure["low"], figure["high"]


def span(name: str, figure: Section) -> Span:
    return Span(name=name, value=figure["value"], low=figure["low"], high=figure["high"])


def told(figures: Sequence[tuple[str, Section]], kind: str) -> str:
    write = percent if kind == SHARE else coefficient
    return "; ".join(f"{name}: {write(figure['value'])}" for name, figure in figures[:8])


def told_ends(points: Sequence[Point], kind: str) -> str:
    if not points:
        return ""
    written: Mapping[str, Callable[[float], str]] = {SHARE: percent, NUMBER: coefficient}
    write = written.get(kind, short_number)
    return _("From %(first)s to %(last)s.") % {
        "first": write(points[0].y),
        "last": write(points[-1].y),
    }


def person(pseudonym: str, names: Names) -> str:
    name = names.get(pseudonym)
    return f"{name} ({pseudonym})" if name else pseudonym


def short_day(place: float) -> str:
    """A place on an axis of days."""
    return day_in_words(date.fromordinal(round(place)))
