"""The stored agreement figures as the page shows them: in words, with counts, as plain shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotate.agreement.plain_text import ShownFigure, percent, rounded, shown, whole
from annotate.agreement.words import FIGURES
from annotate.models import HUMAN_KINDS, AnnotatorKind

PEOPLE = "people"  # in pairs of groups by kind
BIASES = ("length", "haste", "drift")
MOST_IN_MATRIX = 14  # annotators: a wider one cannot be read
MOST_LISTED = 40  # rows of a list on the page; the API has them all
KAPPA_STEPS = (0.2, 0.4, 0.6, 0.8)  # where the matrix changes its shade

LEANS_BELOW = 0.05  # the expected share of false alarms among those that are marked

Report = Mapping[str, Any]
People = Mapping[str, tuple[str, str]]  # name and address of their page, by pseudonym
NOBODY: People = MappingProxyType({})  # is named


@dataclass(frozen=True)
class Who:
    """An annotator by pseudonym; those that are no people carry the word for what they are."""

    pseudonym: str
    machine: str
    name: str = ""  # and the page of a person, for who may know them
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class PlotRow:
    """A dot and an interval from 0 to 100, as text that no locale touches; empty without one."""

    who: Who
    figure: ShownFigure
    leans: bool  # also when it is allowed for how many annotators there are
    dot: str
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class ShownAnnotator:
    who: Who
    n_judgements: int
    n_shared: int
    seconds: str  # the median, empty where none was recorded
    reliability: ShownFigure
    dot: str  # of the reliability, with its interval, as PlotRow
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class Contested:
    """A comparison that people divide on; no verdict, as its reader may still have to judge it."""

    comparison: str
    words: str  # the beginning of what was asked; empty where it is gone
    n_judgements: int
    differing: str  # share of the pairs of its judgements
    probability: str  # of the likeliest verdict


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
class ShownGroups:
    """Two groups by name, and how far one agrees with the other."""

    first: str
    second: str
    agreement: ShownFigure
    kappa: ShownFigure
    n_shared: int


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


def sides(report: Report, people: People = NOBODY) -> list[PlotRow]:
    """Each annotator's share of left choices, those with most judgements first."""
    decided = [entry for entry in report["annotators"] if _n_decided(entry)]
    ranked = sorted(decided, key=_n_decided, reverse=True)
    return [_plot_row(entry, people) for entry in ranked[:MOST_LISTED]]


def biases(report: Report) -> list[ShownFigure]:
    """What besides the answers may sway people, but for the side, which has a plot of its own."""
    return [shown(name, report[name]) for name in BIASES]


def annotators(report: Report, people: People = NOBODY) -> list[ShownAnnotator]:
    """Those with most judgements first."""
    ranked = sorted(report["annotators"], key=lambda entry: -entry["n_judgements"])
    return [_annotator(entry, people) for entry in ranked[:MOST_LISTED]]


def contested(report: Report, words: Mapping[str, str]) -> list[Contested]:
    """The most divided first; `words` tell each comparison by what was asked."""
    return [
        Contested(
            comparison=entry["comparison"],
            words=words.get(entry["comparison"], ""),
            n_judgements=entry["n_judgements"],
            differing=percent(entry["share_differing"], decimals=0),
            probability=percent(entry["highest_posterior"]),
        )
        for entry in report["contested"]
    ]


def pairs(report: Report, people: People = NOBODY) -> list[ShownPair]:
    """Pairs that share comparisons, those that share most first."""
    known = _known(report, people)
    listed = [pair for pair in report["pairs"]["listed"] if pair["cohen_kappa"]["n_comparisons"]]
    return [_pair(pair, known) for pair in listed[:MOST_LISTED]]


def matrix(report: Report, people: People = NOBODY) -> Matrix | None:
    """Every pair in a square; None where it would be too wide, or nobody shares anything."""
    known = _known(report, people)
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


def groups(stored: Report) -> list[ShownGroups]:
    """Of the whole stored report: people and machines, cohorts; those that share something."""
    return [
        ShownGroups(
            first=_group(entry["first"], entry["of"]),
            second=_group(entry["second"], entry["of"]),
            agreement=shown("percent_agreement", entry["percent_agreement"]),
            kappa=shown("cohen_kappa", entry["cohen_kappa"]),
            n_shared=entry["cohen_kappa"]["n_comparisons"],
        )
        for entry in stored["between"]
        if entry["cohen_kappa"]["n_comparisons"]
    ]


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


def _judged(report: Report) -> Mapping[str, int]:
    counted: Mapping[str, int] = report["counts"]["comparisons_by_n_judgements"]
    return counted


def _n_decided(entry: Mapping[str, Any]) -> int:
    return entry["position"]["n_judgements"] if entry["position"] else 0


def _known(report: Report, people: People) -> dict[str, Who]:
    return {entry["annotator"]: _who(entry, people) for entry in report["annotators"]}


def _who(entry: Mapping[str, Any], people: People) -> Who:
    pseudonym, kind = entry["annotator"], entry["kind"]
    machine = "" if kind in HUMAN_KINDS else str(AnnotatorKind(kind).label)
    return Who(pseudonym, machine, *people.get(pseudonym, ("", "")))


def _group(name: str, of: str) -> str:
    if of != "kind":
        return name
    return _("people") if name == PEOPLE else str(AnnotatorKind(name).label)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else rounded(seconds, 0 if seconds >= 10 else 1)


def _annotator(entry: Mapping[str, Any], people: People) -> ShownAnnotator:
    figure = entry["reliability"]
    return ShownAnnotator(
        who=_who(entry, people),
        n_judgements=entry["n_judgements"],
        n_shared=entry["n_shared"],
        seconds=_seconds(entry["median_seconds"]),
        reliability=shown("reliability", figure),
        dot=_place(figure["value"]),
        low=_place(figure["low"]),
        high=_place(figure["high"]),
    )


def _plot_row(entry: Mapping[str, Any], people: People) -> PlotRow:
    figure = entry["position"]
    return PlotRow(
        who=_who(entry, people),
        figure=shown("position", figure),
        leans=entry["position_adjusted_p"] < LEANS_BELOW,
        dot=_place(figure["value"]),
        low=_place(figure["low"]),
        high=_place(figure["high"]),
    )


def _place(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


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
        query=urlencode({"differ": ",".join(names)}),
    )


def _shade(kappa: float | None) -> int:
    if kappa is None:
        return -1
    return 0 if kappa < 0 else 1 + sum(kappa > step for step in KAPPA_STEPS)
