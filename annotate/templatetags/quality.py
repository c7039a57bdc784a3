"""Tags of the pages of quality."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotate.models import Appeal, GoldAnswer, Judgement, Membership, Standing, Verdict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

register = template.Library()

STANDINGS: dict[str, tuple[str, str, "StrOrPromise"]] = {
    Standing.FINE: ("good", "check", _("fine")),
    Standing.WARNED: ("warn", "warning", _("warned")),
    Standing.PAUSED: ("bad", "pause", _("paused on gold")),
    Standing.FAILED: ("bad", "pause", _("quiz not passed")),
}
RIGHT: dict[str, "StrOrPromise"] = {
    Verdict.FIRST: _("Answer 1 is better"),
    Verdict.SECOND: _("Answer 2 is better"),
    Verdict.TIE: _("About the same"),
    Verdict.BOTH_BAD: _("Both bad"),
}


@register.filter
def percent(share: float | None) -> str:
    """A share in [0, 1] as whole percent."""
    if share is None:
        return "–"
    return gettext("%(number)s %%") % {"number": number_format(round(100 * share))}


@register.inclusion_tag("_chip.html")
def standing_chip(membership: Membership) -> dict[str, object]:
    tone, icon, word = STANDINGS[membership.standing]
    return {"tone": tone, "icon": icon, "word": word}


@register.filter
def appeal_of(appeals: Mapping[int, Appeal], judgement: Judgement) -> Appeal | None:
    return appeals.get(judgement.pk)


@register.filter
def right_by_answer(verdict: str) -> "StrOrPromise":
    """A verdict by the answers as a comparison's page numbers them."""
    return RIGHT[verdict]


@register.filter
def expected_of(answer: GoldAnswer) -> "list[StrOrPromise]":
    comparison = answer.judgement.comparison
    both = (comparison.gold_verdict, comparison.gold_also)
    return [RIGHT[verdict] for verdict in both if verdict]
