"""What the judging screen shows of a lease: the prompt and two answers, by side and nothing more.

No id, origin or name of a completion is in here, so no template can leak one.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from annotate.judging.leases import Held
from annotate.models import Lease

LONG_HISTORY = 600  # characters of earlier turns; longer ones start folded, or the answers sink


@dataclass(frozen=True)
class Pair:
    lease_id: uuid.UUID
    key: str  # drawn here: the same page sent twice is one judgement
    history: list[dict[str, Any]]
    question: dict[str, Any]
    left: str
    right: str
    language: str
    is_history_long: bool
    is_plain: bool


def pairs_of(held: Held, *, is_plain: bool = False) -> tuple[Pair | None, Pair | None]:
    """The pair to show, and the one fetched ahead."""
    current, ahead = (
        None if lease is None else _pair(lease, is_plain=is_plain)
        for lease in (held.current, held.ahead)
    )
    return current, ahead


def _pair(lease: Lease, *, is_plain: bool) -> Pair:
    comparison = lease.comparison
    first, second = comparison.first.text, comparison.second.text
    left, right = (first, second) if lease.first_is_left else (second, first)
    *history, question = comparison.prompt.messages
    return Pair(
        lease_id=lease.public_id,
        key=uuid.uuid4().hex,
        history=history,
        question=question,
        left=left,
        right=right,
        language=comparison.prompt.language,
        is_history_long=sum(len(str(turn["content"])) for turn in history) > LONG_HISTORY,
        is_plain=is_plain,
    )
