"""Tags that put judgements and comparisons into words: by side to their maker, else by answer."""

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext_lazy as _

from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.forms.judging import SIDES
from annotate.judging.gold_feedback import expected_side
from annotate.judging.shown_pair import LETTERS
from annotate.judging.sides import side_of
from annotate.models import (
    Adjudication,
    BulkChange,
    Comparison,
    ComparisonState,
    Judgement,
    Outcome,
    Preference,
    Prompt,
    Ranking,
    Verdict,
)
from annotate.quality.gold_answers import is_right
from annotate.templatetags.accord import BAR_WIDTH, message_text

if TYPE_CHECKING:  # no part of what runs
    from django_stubs_ext import StrOrPromise

register = template.Library()

EXCERPT = 300  # characters; a list shows two lines of them
BY_SIDE = dict(SIDES)
BY_ANSWER = {
    Verdict.FIRST: _("Answer 1 is better"),
    Verdict.SECOND: _("Answer 2 is better"),
    Verdict.TIE: _("About the same"),
    Verdict.BOTH_BAD: _("Both bad"),
}
CHIPS = {
    ComparisonState.OPEN: ("quiet", "clock", _("open")),
    ComparisonState.ADJUDICATION: ("warn", "scale", _("needs a ruling")),
    ComparisonState.ADJUDICATED: ("good", "check", _("ruled on")),
    ComparisonState.ARCHIVED: ("quiet", "archive", _("archived")),
}


@register.filter
def bulk_action(change: BulkChange) -> str:
    """What was done, in words; one that is offered no more keeps its own."""
    declared = ACTIONS.get(change.action)
    return str(declared.label) if declared else change.action


@register.filter
def question(prompt: Prompt) -> str:
    """The beginning of what was asked last."""
    return message_text(prompt.messages[-1])[:EXCERPT]


@register.filter
def by_side(judgement: Judgement) -> "StrOrPromise":
    """What somebody chose, as they saw it; an imported vote has no sides."""
    if judgement.ranking is not None:
        return order_of(judgement.ranking)
    if judgement.first_was_left is None:
        return BY_ANSWER[Verdict(judgement.verdict)]
    return BY_SIDE[side_of(judgement.verdict, first_is_left=judgement.first_was_left)]


@register.filter
def expected_by_side(judgement: Judgement) -> "StrOrPromise":
    """What was expected of somebody, by the sides that they saw; only for those who were told."""
    return BY_SIDE[expected_side(judgement)]


@register.filter
def is_as_expected(judgement: Judgement) -> bool:
    return is_right(judgement)


def order_of(ranking: Ranking) -> str:
    """The letters of a set as it was shown, best first: “B > A = C”."""
    places = ranking.places.order_by("shown_at", "member__number")
    by_rank: dict[int, list[str]] = {}
    for letter, rank in zip(LETTERS, places.values_list("rank", flat=True), strict=False):
        by_rank.setdefault(rank, []).append(letter)
    return " > ".join(" = ".join(by_rank[rank]) for rank in sorted(by_rank))


@register.filter
def by_answer(said: Judgement | Adjudication) -> "StrOrPromise":
    return BY_ANSWER[Verdict(said.verdict)]


@register.filter
def outcome_by_answer(preference: Preference) -> "StrOrPromise":
    if preference.outcome != Outcome.PREFERENCE:
        return BY_ANSWER[Verdict(preference.outcome)]
    is_first = preference.chosen_id == preference.comparison.first_id
    return BY_ANSWER[Verdict.FIRST if is_first else Verdict.SECOND]


@register.inclusion_tag("_chip.html")
def comparison_chip(comparison: Comparison) -> dict[str, Any]:
    is_judged = comparison.n_counted >= comparison.wanted
    if comparison.state == ComparisonState.OPEN and is_judged:
        return {"tone": "good", "icon": "check", "word": _("judged")}
    tone, icon, word = CHIPS[ComparisonState(comparison.state)]
    return {"tone": tone, "icon": icon, "word": word}


@register.inclusion_tag("annotate/_votes.html")
def vote_bar(comparison: Comparison) -> dict[str, Any]:
    """The counted votes as one bar of four parts, in a fixed order, with a word for each."""
    counts = {
        Verdict.FIRST: comparison.n_first,
        Verdict.TIE: comparison.n_tie,
        Verdict.BOTH_BAD: comparison.n_both_bad,
        Verdict.SECOND: comparison.n_second,
    }
    total = max(comparison.n_counted, 1)
    parts, start = [], 0
    for verdict, count in counts.items():
        width = round(BAR_WIDTH * count / total)
        parts.append(
            {
                "name": verdict.value,
                "word": BY_ANSWER[verdict],
                "count": count,
                "start": str(start),  # text: a locale would group the digits
                "width": str(width),
            }
        )
        start += width
    return {"parts": parts}
