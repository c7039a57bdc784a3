"""An arena's stored standings in words: every figure with its interval and what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate.agreement.plain_text import coefficient, percent, whole
from annotate.agreement.words import CAUTIONS, INTERVAL_UNDEFINED, UNDEFINED, Words
from annotate.arena.evidence_curve import (
    DECIDES,
    EvidenceCurve,
    evidence_curve,
    stake_in_words,
)

DECIDED, UNDECIDED = "good", "quiet"
CURVES_AT_ONCE = 6  # of the pairs that met most; the others are a press away
EFFECTS: Words = {
    "position": gettext_lazy("the answer on the left"),
    "length": gettext_lazy("the longer answer"),
    "format": gettext_lazy("the answer with more headings, lists and bold"),
}
REASONS: Words = {
    **UNDEFINED,
    "no_judgements": gettext_lazy("because nobody has said who is better"),
    "all_ties": gettext_lazy("because every verdict was a tie"),
    "not_told_apart": gettext_lazy("because it cannot be told apart from who met whom"),
}


@dataclass(frozen=True, kw_only=True)
class ShownValue:
    """A figure in words; dot, low_at and high_at are places from 0 to 100 in its picture."""

    value: str
    low: str
    high: str
    word: Promise | str
    dot: str = ""
    low_at: str = ""
    high_at: str = ""


@dataclass(frozen=True, kw_only=True)
class ShownContestant:
    name: str
    strength: ShownValue
    adjusted: ShownValue
    both_bad: ShownValue
    best: str
    places: str
    n_wins: int
    n_ties: int
    n_losses: int


@dataclass(frozen=True, kw_only=True)
class ShownMeeting:
    """Two contestants: decisive votes for each, the stake, and what is to be made of it."""

    first: str
    second: str
    n_first: int
    n_second: int
    n_ties: int
    n_both_bad: int
    stake: str
    dot: str
    decision: str
    tone: str
    difference: ShownValue
    curve: EvidenceCurve | None


@dataclass(frozen=True, kw_only=True)
class ShownStandings:
    """undefined: why there are no strengths, empty if there are. reach: of the picture."""

    undefined: Promise | str
    groups: Sequence[str]
    contestants: Sequence[ShownContestant]
    pairs: Sequence[ShownMeeting]
    effects: Sequence[tuple[Promise | str, ShownValue]]
    leader: str
    fragility: str
    caution: Promise | str
    reach: str
    n_judgements: int
    n_prompts: int
    n_annotators: int
    by_annotator: bool

    @property
    def first_curves(self) -> list[ShownMeeting]:
        return self._drawn[:CURVES_AT_ONCE]

    @property
    def more_curves(self) -> list[ShownMeeting]:
        return self._drawn[CURVES_AT_ONCE:]

    @property
    def _drawn(self) -> list[ShownMeeting]:
        return [pair for pair in self.pairs if pair.curve]


def shown_standings(found: Mapping[str, Any]) -> ShownStandings:
    names = {entry["contestant"]: entry["name"] for entry in found["contestants"]}
    reach = _reach(entry["strength"] for entry in found["contestants"])
    leading = found["contestants"][0]
    return ShownStandings(
        undefined=REASONS.get(found["undefined"], ""),
        groups=[", ".join(names[i] for i in group) for group in found["groups"]],
        contestants=[_contestant(entry, reach) for entry in found["contestants"]],
        pairs=[_pair(entry, names) for entry in found["pairs"]],
        effects=[(EFFECTS[one["name"]], _value(one["effect"])) for one in found["covariates"]],
        leader=_leader(leading),
        fragility=_fragility(found["fragility"], names),
        caution=CAUTIONS.get(leading["strength"]["caution"], ""),
        reach=coefficient(reach),
        n_judgements=found["n_judgements"],
        n_prompts=found["n_prompts"],
        n_annotators=found["n_annotators"],
        by_annotator=found["by_annotator"],
    )


def shown_parts(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Standings among some of the votes: of a tag, or of a cohort."""
    return [
        {
            "name": part["name"],
            "n_judgements": part["n_judgements"],
            "undefined": REASONS.get(part["undefined"], ""),
            "reach": coefficient(_reach(one["strength"] for one in part["contestants"])),
            "contestants": [
                _contestant(one, _reach(other["strength"] for other in part["contestants"]))
                for one in part["contestants"]
            ],
        }
        for part in parts
    ]


def _contestant(entry: Mapping[str, Any], reach: float) -> ShownContestant:
    best, places = entry["probability_best"], entry["places"]
    return ShownContestant(
        name=entry["name"],
        strength=_value(entry["strength"], reach),
        adjusted=_value(entry["adjusted"]),
        both_bad=_share(entry["both_bad"]),
        best="" if best is None else _probability(best),
        places="" if places is None else _places(*places),
        n_wins=entry["n_wins"],
        n_ties=entry["n_ties"],
        n_losses=entry["n_losses"],
    )


def _pair(entry: Mapping[str, Any], names: Mapping[int, str]) -> ShownMeeting:
    decision = entry["decision"]
    stake = decision["e_value"]
    place = 50 + 50 * max(-1.0, min(1.0, log(max(stake, 1e-9)) / log(DECIDES)))
    return ShownMeeting(
        first=names[entry["first"]],
        second=names[entry["second"]],
        n_first=entry["n_wins"],
        n_second=entry["n_losses"],
        n_ties=entry["n_ties"],
        n_both_bad=entry["n_both_bad"],
        stake=stake_in_words(stake),
        dot=f"{place:.1f}",
        decision=_decision(entry, names),
        tone=UNDECIDED if decision["winner"] is None else DECIDED,
        difference=_value(entry["difference"]),
        curve=_curve(entry),
    )


def _curve(entry: Mapping[str, Any]) -> EvidenceCurve | None:
    """None where nobody has decided anything, and in what was counted before there were curves."""
    stakes = entry.get("stakes", ())
    if len(stakes) < 2:
        return None
    return evidence_curve(stakes, decided_after=entry["decision"]["decided_after"])


def _decision(entry: Mapping[str, Any], names: Mapping[int, str]) -> str:
    decision = entry["decision"]
    n_more = decision["n_more"]
    if decision["winner"] is not None:
        sentence = ngettext(
            "decided after %(n)s vote: %(name)s",
            "decided after %(n)s votes: %(name)s",
            decision["decided_after"],
        ) % {"n": whole(decision["decided_after"]), "name": names[decision["winner"]]}
        if entry["stands_among_all"]:
            return sentence
        return _("%(decision)s (by itself; not among all pairs together)") % {"decision": sentence}
    if n_more is None:
        return _("not told apart; more than 5,000 further votes")
    return ngettext("about %(n)s more vote", "about %(n)s more votes", n_more) % {
        "n": whole(n_more)
    }


def _leader(leading: Mapping[str, Any]) -> str:
    if leading["probability_best"] is None:
        return ""
    return _("%(name)s leads. The probability that it is the best of them is %(share)s.") % {
        "name": leading["name"],
        "share": _probability(leading["probability_best"]),
    }


def _fragility(found: Mapping[str, Any] | None, names: Mapping[int, str]) -> str:
    if found is None:
        return ""
    return ngettext(
        "The lead hangs on %(n)s of %(all)s votes: without it, %(name)s would come first.",
        "The lead hangs on %(n)s of %(all)s votes: without them, %(name)s would come first.",
        found["n_votes"],
    ) % {
        "n": whole(found["n_votes"]),
        "all": whole(found["of_votes"]),
        "name": names[found["challenger"]],
    }


def _value(figure: Mapping[str, Any], reach: float | None = None) -> ShownValue:
    ends = {name: figure[name] for name in ("value", "low", "high")}
    words = {name: "" if end is None else coefficient(end) for name, end in ends.items()}
    at = {name: _at(end, reach) for name, end in ends.items()}
    return ShownValue(
        **words, word=_why(figure), dot=at["value"], low_at=at["low"], high_at=at["high"]
    )


def _share(figure: Mapping[str, Any]) -> ShownValue:
    ends = {name: figure[name] for name in ("value", "low", "high")}
    words = {name: "" if end is None else percent(end, 0) for name, end in ends.items()}
    return ShownValue(**words, word=_why(figure))


def _why(figure: Mapping[str, Any]) -> Promise | str:
    if figure["undefined"] is not None:
        return REASONS.get(figure["undefined"], "")
    return INTERVAL_UNDEFINED.get(figure["interval_undefined"], "")


def _at(end: float | None, reach: float | None) -> str:
    return "" if end is None or reach is None else f"{50 + 50 * end / reach:.1f}"


def _reach(strengths: Any) -> float:
    ends = [
        abs(figure[end])
        for figure in strengths
        for end in ("value", "low", "high")
        if figure[end] is not None
    ]
    return max(ends, default=1.0) or 1.0


def _probability(share: float) -> str:
    """Never 0 or 1: it is counted from draws."""
    if share < 0.005:
        return _("below %(share)s") % {"share": percent(0.01, 0)}
    if share > 0.995:
        return _("above %(share)s") % {"share": percent(0.99, 0)}
    return percent(share, 0)


def _places(best: int, worst: int) -> str:
    if best == worst:
        return whole(best)
    return _("%(best)s to %(worst)s") % {"best": whole(best), "worst": whole(worst)}
