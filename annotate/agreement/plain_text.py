"""A stored figure in words: value, interval, count and reading, as people here write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement.section_words import (
    AGAIN,
    ALPHAS,
    ASKED,
    ORDERS,
    SECTION_FIGURES,
    WEIGHTED,
)
from annotate.agreement.words import (
    CAUTIONS,
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

PERCENT = (
    "percent_agreement",
    "percent_agreement_by_comparison",
    "position",
    "length",
    "haste",
    "reliability",
    "share_of_decided",
    "weighted_agreement",
    "same_again",
    *ASKED,
)
POINTS = ("drift",)  # differences of percentages
NOT_OF_JUDGEMENTS = {*WEIGHTED, *ALPHAS, *ORDERS, *ASKED, *AGAIN}
OF_JUDGEMENTS = {"haste", "drift", "reliability", *SECTION_FIGURES} - NOT_OF_JUDGEMENTS
ALL_FIGURES = {**FIGURES, **SECTION_FIGURES}


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
    caution: Promise | str  # what to know of the interval
    tone: str
    undefined: Promise | str
    notes: tuple[Promise, ...]  # by whose convention the word is, and how the interval is made


def shown(name: str, figure: Mapping[str, Any]) -> ShownFigure:
    reading = figure["reading"]
    as_text = percent if name in PERCENT else points if name in POINTS else coefficient
    low, high = ("" if figure[end] is None else as_text(figure[end]) for end in ("low", "high"))
    notes = [METHODS[figure["method"]]] if low else []
    if reading is not None:
        notes = [SOURCES[reading["source"]], LIMITS[reading["limits"]], *notes]
    return ShownFigure(
        words=ALL_FIGURES[name],
        value="" if figure["value"] is None else as_text(figure["value"]),
        low=low,
        high=high,
        level=percent(figure["level"], decimals=0),
        count=whole(figure["n_judgements"]),
        count_label=_count_label(name, figure),
        word=_word(figure),
        caution=CAUTIONS.get(figure["caution"], ""),
        tone="" if reading is None else TONES[reading["key"]],
        undefined=UNDEFINED.get(figure["undefined"], ""),
        notes=tuple(notes),
    )


def orders_of(section: Mapping[str, Any]) -> list[ShownFigure]:
    """The figures of rankings; alpha only where something was ranked twice."""
    found = {**section, "alpha_ranks": section["alpha"]}
    return [shown(name, found[name]) for name in ORDERS if found[name] is not None]


def redundancy(found: Mapping[str, Any]) -> str:
    """What it means that verdicts decided how often people judged; empty if they did not."""
    if not found["depends_on_votes"]:
        return ""
    if not found["is_corrected"]:
        return _(
            "How often a comparison was judged depended on its verdicts, and the judgements that "
            "were asked for whatever was said cannot be told apart. That bends every figure of "
            "agreement on this page: do not compare them with others."
        )
    parts = [
        ngettext(
            "Whether a comparison was judged more than %(m)s times depended on its verdicts. So "
            "the figures of agreement are those of its first %(m)s judgements; %(n)s later one is "
            "left out of them.",
            "Whether a comparison was judged more than %(m)s times depended on its verdicts. So "
            "the figures of agreement are those of its first %(m)s judgements; %(n)s later ones "
            "are left out of them.",
            found["n_left_out"],
        )
        % {"m": found["m"], "n": whole(found["n_left_out"])}
    ]
    if found["order"] == "order":
        parts.append(_("Which came first is taken from the order of the imported file."))
    return " ".join(parts)


def percent(share: float, decimals: int = 1) -> str:
    return _("%(number)s %%") % {"number": rounded(100 * share, decimals)}


def coefficient(value: float) -> str:
    return rounded(value, 2).replace("-", "\u2212")


def points(difference: float) -> str:
    """A difference of two shares, with its sign."""
    text = rounded(100 * abs(difference), 1)
    sign = "" if text.strip("0.,") == "" else "+" if difference > 0 else "\u2212"
    return _("%(number)s points") % {"number": sign + text}


def whole(number: int) -> str:
    return number_format(number, 0, force_grouping=True)


def rounded(number: float, decimals: int) -> str:
    """As people of this language write it; Django's own function cuts the digits off."""
    return number_format(round(number, decimals) + 0.0, decimals)  # + 0.0: no minus before a zero


def _count_label(name: str, figure: Mapping[str, Any]) -> str:
    n, n_comparisons = figure["n_judgements"], figure["n_comparisons"]
    if name in ("position", "length"):
        return ngettext("judgement for one side", "judgements for one side", n)
    if name == "alpha_ranks":
        return _("ranks of %(n)s answers") % {"n": whole(n_comparisons)}
    if name in ORDERS:
        return ngettext("rankings of %(n)s set", "rankings of %(n)s sets", n_comparisons) % {
            "n": whole(n_comparisons)
        }
    if name in AGAIN:
        return ngettext(
            "judgements of %(n)s pair", "judgements of %(n)s pairs", figure["n_pairs"]
        ) % {"n": whole(figure["n_pairs"])}
    if name in OF_JUDGEMENTS:
        return ngettext("judgement", "judgements", n)
    return ngettext(
        "judgements of %(n)s shared comparison",
        "judgements of %(n)s shared comparisons",
        n_comparisons,
    ) % {"n": whole(n_comparisons)}


def _word(figure: Mapping[str, Any]) -> str:
    """The reading, and what else the interval allows."""
    reading, reason = figure["reading"], INTERVAL_UNDEFINED.get(figure["interval_undefined"], "")
    if reading is None:
        return str(reason)
    word = str(READINGS[reading["key"]])
    if reason:
        return _("%(word)s; %(reason)s") % {"word": word, "reason": reason}
    if reading["low_key"] == reading["high_key"]:
        return word
    ends = {end: READINGS[reading[f"{end}_key"]] for end in ("low", "high")}
    return _("%(word)s; the interval reaches from “%(low)s” to “%(high)s”") % {"word": word, **ends}
