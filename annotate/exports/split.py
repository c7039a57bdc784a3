"""Which side of the installation's split a prompt is on. Training says so; annotate only asks."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput

SideOf = Callable[[Sequence[dict[str, Any]]], str]  # the messages of a prompt: train or eval
MakeSplit = Callable[[float], SideOf]  # the share held out: the rule that all snapshots follow
HELD_OUT = "eval"
_makers: list[MakeSplit] = []


def register_split(make: MakeSplit) -> None:
    """Take the rule from whoever has it; called once, when the installation starts."""
    _makers[:] = [make]


def split_by_installation(eval_share: float) -> SideOf:
    """Raises: InvalidInput where nothing here trains, so that there is no split."""
    if not _makers:
        raise InvalidInput(_("This installation has no split."), field="eval_share")
    return _makers[0](eval_share)
