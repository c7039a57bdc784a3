"""What came of rounds is told to those who may see all that they worked on.

A reason names things, and a decision has figures of them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotate.models import User
from training.access.permissions import visible_checkpoints, visible_snapshots
from training.automation.stored_reasons import in_readers_language
from training.models import Round, RoundStep

NAMED = re.compile(r"(?P<kind>checkpoint|snapshot):(?P<id>.+)", re.DOTALL)
NOT_TOLD = "not_told"  # in place of what a step has found
Named = tuple[str, UUID]  # the kind of row, and its public id


def told(rounds: Iterable[Round], user: User) -> list[Round]:
    """The same rounds, to be shown and never saved: reasons in the reader's language.

    What may name something unseen is left out.

    Each has its version at hand, and its steps prefetched.
    """
    shown = list(rounds)
    for one in shown:
        one.reason = in_readers_language(one.reason)
        for step in one.steps.all():
            step.reason = in_readers_language(step.reason)
    if user.is_site_admin:
        return shown
    named = {one.pk: set(_named_in(one)) for one in shown}
    unseen = _unseen(set().union(*named.values()), user)
    for one in shown:
        if named[one.pk] & unseen:
            _leave_out([one, *one.steps.all()])
    return shown


def _leave_out(rows: Iterable[Round | RoundStep]) -> None:
    for row in rows:
        if row.reason:
            row.reason = _("An admin can say why: it has to do with what other projects made.")
        if isinstance(row, RoundStep) and "said" in row.result:
            row.result = {"said": NOT_TOLD}


def _named_in(shown: Round) -> Iterator[Named]:
    for text in _texts(shown.version.steps):
        found = NAMED.fullmatch(text)
        if found is not None:
            yield found["kind"], UUID(found["id"])
    for public_id in shown.names.values():
        if public_id is not None:
            yield "checkpoint", UUID(public_id)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _unseen(named: set[Named], user: User) -> set[Named]:
    """Those that are gone are not seen by anybody."""
    rows = {"checkpoint": visible_checkpoints(user), "snapshot": visible_snapshots(user)}
    seen = {
        (kind, public_id)
        for kind, visible in rows.items()
        for public_id in visible.filter(
            public_id__in=[public_id for of_kind, public_id in named if of_kind == kind]
        ).values_list("public_id", flat=True)
    }
    return named - seen
