"""Tags of the trials on customer replies: shares on a scale, and what they mean in words."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from alignment_core.agreement.figures.figure import Figure
from annotate.demo.reply_styles import style_of
from training.demo.before_after import Change, Taste
from training.templatetags.training import percent
from training.words.signed import signed

register = template.Library()

WIDTH, MARGIN = 300, 8  # of the scale's drawing


@dataclass(frozen=True)
class AxisWords:
    """What the two ends of an axis are called, and a move towards each."""

    yes: str | Promise
    no: str | Promise
    grew: str | Promise
    fell: str | Promise
    chosen: str | Promise
    refused: str | Promise


AXIS_WORDS = {
    "is_warm": AxisWords(
        pgettext_lazy("of a reply", "warm"),
        pgettext_lazy("of a reply", "cold"),
        _("Warmer than before"),
        _("Colder than before"),
        _("You chose the warmer of two in %(n)d of %(of)d."),
        _("You chose the colder of two in %(n)d of %(of)d."),
    ),
    "is_brief": AxisWords(
        pgettext_lazy("of a reply", "brief"),
        pgettext_lazy("of a reply", "long"),
        _("Briefer than before"),
        _("Longer than before"),
        _("You chose the briefer of two in %(n)d of %(of)d."),
        _("You chose the longer of two in %(n)d of %(of)d."),
    ),
    "is_plain": AxisWords(
        pgettext_lazy("of a reply", "plain"),
        pgettext_lazy("of a reply", "formal"),
        _("Plainer than before"),
        _("More formal than before"),
        _("You chose the plainer of two in %(n)d of %(of)d."),
        _("You chose the more formal of two in %(n)d of %(of)d."),
    ),
}


@register.inclusion_tag("training/_share_scale.html")
def share_scale(change: Change, taste: Taste) -> dict[str, Any]:
    """One axis: both shares on a scale from its one end to the other, and in words."""
    words = AXIS_WORDS[change.axis]
    return {
        "words": words,
        "axis": change.axis,
        "before": _mark(change.before),
        "after": _mark(change.after),
        "before_in_words": _in_words(change.before),
        "after_in_words": _in_words(change.after),
        "direction": change.direction,
        "points": f"{100 * (change.difference.value or 0):.0f}",
        "moved": _moved(change, words),
        "chose": _chose(taste, words),
        "lean": taste.lean,
        "followed": _followed(change, taste),
    }


@register.inclusion_tag("training/_in_short.html")
def in_short(changes: list[tuple[Change, Taste]]) -> dict[str, Any]:
    """The whole trial in one sentence."""
    leaning = [(change, taste) for change, taste in changes if taste.lean]
    followed = [(change, taste) for change, taste in leaning if change.direction == taste.lean]
    comma = pgettext("between adjectives", ", ")
    words = comma.join(_end(taste) for _change, taste in followed)
    if not leaning:
        return _notice(
            "info",
            gettext(
                "Your votes lean to no side, so there was no taste to follow; what has changed all "
                "the same is chance. Keep to one taste for twenty votes, and train again."
            ),
        )
    if not followed:
        return _notice(
            "warning",
            gettext(
                "The answers have not changed in the direction of your votes, or not so that it "
                "can be told from chance. Vote on, and train again."
            ),
        )
    if len(followed) < len(leaning):
        sentence = gettext(
            "The model follows some of your votes: its answers are more often %(words)s."
        )
        return _notice("info", sentence % {"words": words})
    sentence = gettext("The model follows your votes: its answers are more often %(words)s.")
    return _notice("success", sentence % {"words": words})


def _notice(kind: str, text: str) -> dict[str, Any]:
    return {"kind": kind, "text": text}


def _end(taste: Taste) -> str:
    """The end of the axis to which the votes lean."""
    words = AXIS_WORDS[taste.axis]
    return str(words.yes if taste.lean > 0 else words.no)


@register.simple_tag
def style_words(text: str, language: str) -> list[str]:
    """How an answer reads, by the same rules: warm or cold, brief or long, plain or formal."""
    style = style_of(text, language)
    return [
        str(words.yes if getattr(style, axis) else words.no) for axis, words in AXIS_WORDS.items()
    ]


@register.filter
def in_words(figure: Figure) -> str:
    return _in_words(figure)


def _mark(figure: Figure) -> dict[str, str]:
    """Where a share and its interval lie; texts, as a locale would group the digits."""
    value = figure.value or 0.0
    low = value if figure.low is None else figure.low
    high = value if figure.high is None else figure.high
    return {"x": _place(value), "low": _place(low), "high": _place(high)}


def _place(share: float) -> str:
    return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"


def _in_words(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return percent(figure.value)
    return gettext("%(value)s (%(low)s to %(high)s)") % {
        "value": percent(figure.value),
        "low": percent(figure.low),
        "high": percent(figure.high),
    }


def _moved(change: Change, words: AxisWords) -> str:
    difference = change.difference
    if change.direction == 0 or difference.value is None:
        return gettext("No difference can be told")
    word = str(words.grew if change.direction > 0 else words.fell)
    if difference.low is None or difference.high is None:
        return word
    return gettext("%(word)s: %(value)s points (%(low)s to %(high)s)") % {
        "word": word,
        **{name: _points(getattr(difference, name)) for name in ("value", "low", "high")},
    }


def _points(share: float) -> str:
    return signed(100 * share)


def _followed(change: Change, taste: Taste) -> str:
    """Whether the answers moved where the votes lean."""
    if not taste.n_differing:
        return ""
    if not taste.lean:
        return gettext("Your votes lean to neither side here.")
    if change.direction == taste.lean:
        return gettext("As you voted.")
    if change.direction == -taste.lean:
        return gettext("Against your votes: so few can mislead a model.")
    return gettext("Not enough to be told from chance.")


def _chose(taste: Taste, words: AxisWords) -> str:
    if not taste.n_differing:
        return gettext("No two of your votes differed in this.")
    n_refused = taste.n_differing - taste.n_chosen
    is_chosen = taste.n_chosen >= n_refused
    return str(words.chosen if is_chosen else words.refused) % {
        "n": max(taste.n_chosen, n_refused),
        "of": taste.n_differing,
    }
