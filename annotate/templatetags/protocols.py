"""Tags that draw what a protocol asks."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import mark_safe

from annotate.forms.typed import Typed
from annotate.judging.protocols.buttons import buttons_of
from annotate.judging.protocols.buttons import order_keys as keys_of_orders
from annotate.judging.protocols.criteria import ratings_of
from annotate.judging.protocols.declaration import asks_further as asks_further_of
from annotate.judging.protocols.part_settings import (
    Said,
    Texts,
    in_my_language,
    name_in_my_language,
)
from annotate.judging.protocols.presets import KNOWN_NAMES
from annotate.models import Protocol

register = template.Library()

SIDES = (("left", "A"), ("right", "B"))


@register.filter
def named(name: str, asked: Mapping[str, Any]) -> Said:
    """A reason or a criterion in the reader's language, where its part or a preset has words."""
    said = name_in_my_language(name, asked.get("words", {}))
    return KNOWN_NAMES.get(name, name) if said == name else said


@register.filter
def in_mine(texts: Texts) -> str:
    return in_my_language(texts)


@register.inclusion_tag("annotate/_verdicts.html")
def verdict_buttons(
    protocol: Protocol, *, is_waiting: bool, typed: Typed | None = None
) -> dict[str, Any]:
    picked = "" if not typed or typed.is_flag else typed.side
    return {
        "buttons": buttons_of(protocol.declaration),
        "is_waiting": is_waiting,
        "picked": picked,
    }


@register.simple_tag
def buttons(protocol: Protocol) -> Any:
    return buttons_of(protocol.declaration)


@register.simple_tag
def order_keys() -> Any:
    return keys_of_orders()


@register.filter
def ranks(protocol: Protocol | None) -> bool:
    return protocol is not None and protocol.asks_ranking


@register.inclusion_tag("annotate/_further.html")
def further(protocol: Protocol, typed: Typed | None = None) -> dict[str, Any]:
    criteria = protocol.declaration.get("criteria")
    ratings = ratings_of(criteria) if criteria else range(0)
    typed = None if not typed or typed.is_flag else typed
    return {"protocol": protocol, "sides": SIDES, "ratings": ratings, "typed": typed}


@register.simple_tag
def checked(typed: Typed | None, value: object, *name: str) -> str:
    """` checked` where that was picked in what was refused."""
    if not typed or (".".join(name), str(value)) not in typed.picked:
        return ""
    return mark_safe(" checked")


@register.simple_tag
def picked_place(typed: Typed | None, answer: int, place: int) -> str:
    """` selected` where an answer had that place in what was refused."""
    if not typed or (f"ranks.{answer}", str(place)) not in typed.picked:
        return ""
    return mark_safe(" selected")


@register.filter
def asks_further(protocol: Protocol | None) -> bool:
    return protocol is not None and asks_further_of(protocol.declaration)
