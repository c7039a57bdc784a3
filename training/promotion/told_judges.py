"""Reward models are named in evidence to those who may see them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from annotate.models import User
from training.access.permissions import visible_checkpoints
from training.models import CheckpointKind, Proposal


def told_judges(proposals: Iterable[Proposal], user: User) -> list[Proposal]:
    """The same proposals, to be shown and never saved."""
    shown = list(proposals)
    if user.is_site_admin:
        return shown
    named = {name for one in shown for name in one.evidence.get("partial_judges") or ()}
    judges = visible_checkpoints(user).filter(kind=CheckpointKind.REWARD_MODEL, name__in=named)
    unseen = named - set(judges.values_list("name", flat=True))
    for one in shown if unseen else ():
        one.evidence = _without(one.evidence, unseen)
    return shown


def _without(evidence: dict[str, Any], unseen: set[str]) -> dict[str, Any]:
    def told(names: list[str]) -> list[str]:
        other = _("a reward model of other projects")
        return sorted({other if name in unseen else name for name in names})

    return {
        **evidence,
        "partial_judges": told(evidence["partial_judges"]),
        "obstacles": [
            {**one, "names": told(one["names"])} if "names" in one else one
            for one in evidence["obstacles"]
        ],
    }
