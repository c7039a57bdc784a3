"""Tags that draw what a protocol asks."""

from typing import Any

from django import template
from django.utils.functional import Promise

from annotate.judging.protocols.buttons import buttons_of
from annotate.judging.protocols.criteria import RATINGS
from annotate.judging.protocols.presets import KNOWN_NAMES
from annotate.models import Protocol

register = template.Library()

SIDES = (("left", "A"), ("right", "B"))
ON_BUTTONS = {"verdicts", "strength"}


@register.filter
def known_name(name: str) -> str | Promise:
    """A reason or a criterion in the reader's language, where it is one of the presets'."""
    return KNOWN_NAMES.get(name, name)


@register.inclusion_tag("annotate/_verdicts.html")
def verdict_buttons(protocol: Protocol, *, is_waiting: bool) -> dict[str, Any]:
    return {"buttons": buttons_of(protocol.declaration), "is_waiting": is_waiting}


@register.simple_tag
def buttons(protocol: Protocol) -> Any:
    return buttons_of(protocol.declaration)


@register.inclusion_tag("annotate/_further.html")
def further(protocol: Protocol) -> dict[str, Any]:
    return {"protocol": protocol, "sides": SIDES, "ratings": RATINGS}


@register.filter
def asks_further(protocol: Protocol | None) -> bool:
    return protocol is not None and bool(set(protocol.declaration) - ON_BUTTONS)
