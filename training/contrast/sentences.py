"""Whether two can be told apart, in a sentence."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training.contrast.told_apart import Two
from training.words.signed import signed


def all_in_words(twos: Sequence[Two]) -> str:
    """The answer for two, or how many of several can be told apart."""
    if len(twos) == 1:
        return two_in_words(twos[0])
    n_told = sum(two.shared is not None for two in twos)
    if not n_told and any(two.is_seen for two in twos):
        return _("No two of them were measured on prompts that neither was trained on.")
    if not n_told:
        return _(
            "No two of them were measured on the same held-out pairs. Measure them on one snapshot."
        )
    return _("Taken two by two, %(apart)d of %(n)d can be told apart.") % {
        "n": n_told,
        "apart": sum(two.is_apart for two in twos),
    }


def two_in_words(two: Two) -> str:
    """Who prefers what people preferred more often, by how much and on how many pairs."""
    if two.shared is None:
        if two.is_seen:
            return _(
                "%(first)s and %(second)s cannot be compared: one of them, or what rewarded it, "
                "was trained on prompts that they were measured on. Measure them on a snapshot "
                "that holds out no more than theirs."
            ) % _letters(two)
        if two.is_known:
            return _(
                "%(first)s and %(second)s cannot be compared: fewer than five held-out pairs are "
                "of both."
            ) % _letters(two)
        return _(
            "%(first)s and %(second)s cannot be compared: it is not known of both on which pairs "
            "they were measured. Measure them on one snapshot."
        ) % _letters(two)
    n_pairs = two.shared["n"]
    values = _letters(two) | {
        "n": n_pairs,
        "low": _points(two.shared["low"]),
        "high": _points(two.shared["high"]),
    }
    if two.better is None:
        return (
            ngettext(
                "%(first)s and %(second)s cannot be told apart on %(n)d pair: the true difference "
                "may be anything from %(low)s to %(high)s points.",
                "%(first)s and %(second)s cannot be told apart on %(n)d pairs: the true difference "
                "may be anything from %(low)s to %(high)s points.",
                n_pairs,
            )
            % values
        )
    other = two.second if two.better is two.first else two.first
    low, high = sorted(abs(two.shared[end]) for end in ("low", "high"))
    return ngettext(
        "%(first)s and %(second)s can be told apart: %(better)s prefers what people preferred more "
        "often than %(other)s, by %(by)s points (%(low)s to %(high)s), on %(n)d pair.",
        "%(first)s and %(second)s can be told apart: %(better)s prefers what people preferred more "
        "often than %(other)s, by %(by)s points (%(low)s to %(high)s), on %(n)d pairs.",
        n_pairs,
    ) % {
        **values,
        "better": two.better.letter,
        "other": other.letter,
        "by": f"{100 * abs(two.shared['difference']):.1f}",
        "low": f"{100 * low:.1f}",
        "high": f"{100 * high:.1f}",
    }


def _letters(two: Two) -> dict[str, str | int]:
    return {"first": two.first.letter, "second": two.second.letter}


def _points(difference: float) -> str:
    return signed(100 * difference, 1)
