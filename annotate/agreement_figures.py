"""The stored agreement figures as the page shows them: in words, with counts, as plain shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement_words import (
    FIGURES,
    INTERVAL_UNDEFINED,
    LIMITS,
    METHODS,
    READINGS,
    SOURCES,
    TONES,
    UNDEFINED,
    FigureWords,
)
from annotate.models import AnnotatorKind
from annotate.selectors import HUMAN_KINDS

PERCENT = ("percent_agreement", "percent_agreement_by_comparison", "position")
MOST_IN_MATRIX = 14  # annotators: a wider one cannot be read
MOST_LISTED = 40  # rows of a list on the page; the API has them all
KAPPA_STEPS = (0.2, 0.4, 0.6, 0.8)  # where the matrix changes its shade

Report = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """A figure in words: never a bare number. Fields are those of the `_figure.html` partial."""

    words: FigureWords
    value: str
    low: str
    high: str
    level: str
    count: str
    count_label: str
    word: str
    tone: str
    undefined: Promise | str
    notes: tuple[Promise, ...]  # by whose convention the word is, and how the interval is made


@dataclass(frozen=True)
class Who:
    """An annotator by pseudonym; those that are no people carry the word for what they are."""

    pseudonym: str
    machine: str


@dataclass(frozen=True, kw_only=True)
class PlotRow:
    """A dot and an interval from 0 to 100, as text that no locale touches."""

    who: Who
    figure: ShownFigure
    dot: str
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class ShownAnnotator:
    who: Who
    n_judgements: int
    n_shared: int
    seconds: str  # the median, empty where none was recorded


@dataclass(frozen=True, kw_only=True)
class ShownPair:
    first: Who
    second: Who
    kappa: ShownFigure
    agreement: ShownFigure
    shade: int  # 0 (below chance) to 5; -1 where undefined
    n_shared: int
    n_different: int
    query: str  # of the comparisons on which they differ


@dataclass(frozen=True, kw_only=True)
class Matrix:
    columns: tuple[Who, ...]
    rows: tuple[tuple[Who, tuple[ShownPair | None, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How many comparisons have so many judgements; width of 1000."""

    n_judgements: str
    n_comparisons: int
    width: str


def headline(report: Report) -> list[ShownFigure]:
    """In the order of the words: PostgreSQL keeps the keys of JSON in one of its own."""
    figures = report["figures"]
    return [shown(name, figures[name]) for name in FIGURES if name in figures]


def shown(name: str, figure: Mapping[str, Any]) -> ShownFigure:
    reading = figure["reading"]
    as_text = percent if name in PERCENT else coefficient
    low, high = ("" if figure[end] is None else as_text(figure[end]) for end in ("low", "high"))
    notes = [METHODS[figure["method"]]] if low else []
    if reading is not None:
        notes = [SOURCES[reading["source"]], LIMITS[reading["limits"]], *notes]
    return ShownFigure(
        words=FIGURES[name],
        value="" if figure["value"] is None else as_text(figure["value"]),
        low=low,
        high=high,
        level=percent(figure["level"], decimals=0),
        count=whole(figure["n_judgements"]),
        count_label=_count_label(name, figure),
        word=_word(figure),
        tone="" if reading is None else TONES[reading["key"]],
        undefined=UNDEFINED.get(figure["undefined"], ""),
        notes=tuple(notes),
    )


def sides(report: Report) -> list[PlotRow]:
    """Each annotator's share of left choices, those with most judgements first."""
    decided = [entry for entry in report["annotators"] if _n_decided(entry)]
    ranked = sorted(decided, key=_n_decided, reverse=True)
    return [_plot_row(entry) for entry in ranked[:MOST_LISTED]]


def annotators(report: Report) -> list[ShownAnnotator]:
    ranked = sorted(report["annotators"], key=lambda entry: -entry["n_judgements"])
    return [
        ShownAnnotator(
            who=_who(entry["annotator"], entry["kind"]),
            n_judgements=entry["n_judgements"],
            n_shared=entry["n_shared"],
            seconds=_seconds(entry["median_seconds"]),
        )
        for entry in ranked[:MOST_LISTED]
    ]


def pairs(report: Report) -> list[ShownPair]:
    """Pairs that share comparisons, those that share most first."""
    known = _known(report)
    listed = [pair for pair in report["pairs"]["listed"] if pair["cohen_kappa"]["n_comparisons"]]
    return [_pair(pair, known) for pair in listed[:MOST_LISTED]]


def matrix(report: Report) -> Matrix | None:
    """Every pair in a square; None where it would be too wide, or nobody shares anything."""
    known = _known(report)
    if len(known) > MOST_IN_MATRIX or not report["pairs"]["n_sharing"]:
        return None
    found = {
        frozenset((pair["first"], pair["second"])): _pair(pair, known)
        for pair in report["pairs"]["listed"]
    }
    rows = tuple(
        (who, tuple(found.get(frozenset((name, other))) for other in known))
        for name, who in known.items()
    )
    return Matrix(columns=tuple(known.values()), rows=rows)


def depths(report: Report) -> list[Depth]:
    by_number = {int(n): times for n, times in _judged(report).items() if times}
    most = max(by_number.values(), default=1)
    return [
        Depth(n_judgements=whole(n), n_comparisons=times, width=str(round(1000 * times / most)))
        for n, times in sorted(by_number.items())
    ]


def verdict_shares(report: Report) -> dict[str, str]:
    """What was said, by kind: which of two answers is the first is chance, so both are one."""
    shares = {entry["category"]: entry["share"] or 0 for entry in report["counts"]["categories"]}
    return {
        "decided": percent(shares["first"] + shares["second"]),
        "tie": percent(shares["tie"]),
        "both_bad": percent(shares["both_bad"]),
    }


def percent(share: float, decimals: int = 1) -> str:
    return _("%(number)s %%") % {"number": _rounded(100 * share, decimals)}


def coefficient(value: float) -> str:
    return _rounded(value, 2).replace("-", "\u2212")


def whole(number: int) -> str:
    return number_format(number, 0, force_grouping=True)


def _rounded(number: float, decimals: int) -> str:
    """As people of this language write it; Django's own function cuts the digits off."""
    return number_format(round(number, decimals) + 0.0, decimals)  # + 0.0: no minus before a zero


def _judged(report: Report) -> Mapping[str, int]:
    return report["counts"]["comparisons_by_n_judgements"]


def _n_decided(entry: Mapping[str, Any]) -> int:
    return entry["position"]["n_judgements"] if entry["position"] else 0


def _count_label(name: str, figure: Mapping[str, Any]) -> str:
    n, n_comparisons = figure["n_judgements"], figure["n_comparisons"]
    if name == "position":
        return ngettext("judgement for one side", "judgements for one side", n)
    return ngettext(
        "judgements of %(n)s shared comparison",
        "judgements of %(n)s shared comparisons",
        n_comparisons,
    ) % {"n": whole(n_comparisons)}


def _word(figure: Mapping[str, Any]) -> str:
    """The reading, and what else the interval allows."""
    reading = figure["reading"]
    if reading is None:
        return ""
    word = str(READINGS[reading["key"]])
    if figure["interval_undefined"]:
        reason = INTERVAL_UNDEFINED[figure["interval_undefined"]]
        return _("%(word)s; %(reason)s") % {"word": word, "reason": reason}
    if reading["low_key"] == reading["high_key"]:
        return word
    ends = {end: READINGS[reading[f"{end}_key"]] for end in ("low", "high")}
    return _("%(word)s; the interval reaches from “%(low)s” to “%(high)s”") % {"word": word, **ends}


def _known(report: Report) -> dict[str, Who]:
    entries = report["annotators"]
    return {entry["annotator"]: _who(entry["annotator"], entry["kind"]) for entry in entries}


def _who(pseudonym: str, kind: str) -> Who:
    return Who(pseudonym, "" if kind in HUMAN_KINDS else str(AnnotatorKind(kind).label))


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else _rounded(seconds, 0 if seconds >= 10 else 1)


def _plot_row(entry: Mapping[str, Any]) -> PlotRow:
    figure = entry["position"]
    return PlotRow(
        who=_who(entry["annotator"], entry["kind"]),
        figure=shown("position", figure),
        dot=_place(figure["value"]),
        low=_place(figure["low"]),
        high=_place(figure["high"]),
    )


def _place(share: float) -> str:
    return f"{100 * share:.1f}"


def _pair(pair: Mapping[str, Any], known: Mapping[str, Who]) -> ShownPair:
    kappa, agreement = pair["cohen_kappa"], pair["percent_agreement"]
    n_shared, names = kappa["n_comparisons"], [pair["first"], pair["second"]]
    return ShownPair(
        first=known[pair["first"]],
        second=known[pair["second"]],
        kappa=shown("cohen_kappa", kappa),
        agreement=shown("percent_agreement", agreement),
        shade=_shade(kappa["value"]),
        n_shared=n_shared,
        n_different=round(n_shared * (1 - (agreement["value"] or 0))),
        query=urlencode({"show": "between", "annotator": names}, doseq=True),
    )


def _shade(kappa: float | None) -> int:
    if kappa is None:
        return -1
    return 0 if kappa < 0 else 1 + sum(kappa > step for step in KAPPA_STEPS)
