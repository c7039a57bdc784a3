"""What the judging screen shows of a lease: the prompt and its answers, by side and nothing more.

No id, origin or name of a completion is in here, so no template can leak one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from annotate.judging.leases import Held
from annotate.judging.protocols.versions import shown_under
from annotate.judging.screen_order import as_shown, members_of
from annotate.models import Comparison, Lease, Protocol

LONG_HISTORY = 600  # characters of earlier turns; longer ones start folded, or the answers sink
LETTERS = "ABCDEFGHI"
INSTRUCTION_ROLES = ("system", "developer")


@dataclass(frozen=True)
class Turns:
    """Messages that follow one another; an instruction is always shown, what was said may fold."""

    messages: list[dict[str, Any]]
    is_instruction: bool

    @property
    def is_long(self) -> bool:
        return sum(len(str(message["content"])) for message in self.messages) > LONG_HISTORY


@dataclass(frozen=True)
class ShownAnswer:
    """name: the letter that it goes by on the screen. side: left or right, where it has one."""

    name: str
    text: str
    side: str = ""


@dataclass(frozen=True)
class Pair:
    """Two answers by their sides; or two to nine in `ranked`, which are to be put in order."""

    lease_id: uuid.UUID
    protocol: Protocol | None  # as it was shown: the controls are its; a ruling has none
    key: str  # drawn here: the same page sent twice is one judgement
    history: list[Turns]
    question: dict[str, Any]
    left: str
    right: str
    language: str
    is_plain: bool
    ranked: tuple[str, ...] = ()  # texts in the order of the screen

    @property
    def answers(self) -> list[ShownAnswer]:
        if self.ranked:
            return [ShownAnswer(*one) for one in zip(LETTERS, self.ranked, strict=False)]
        return [ShownAnswer("A", self.left, "left"), ShownAnswer("B", self.right, "right")]


def pairs_of(held: Held, *, is_plain: bool = False) -> tuple[Pair | None, Pair | None]:
    """The pair to show, and the one fetched ahead."""
    current, ahead = (
        None if lease is None else pair_of(lease, is_plain=is_plain)
        for lease in (held.current, held.ahead)
    )
    return current, ahead


def pair_of(lease: Lease, *, is_plain: bool = False) -> Pair:
    protocol = shown_under(lease)
    pair = _pair(
        lease.comparison,
        first_is_left=lease.first_is_left,
        lease_id=lease.public_id,
        protocol=protocol,
        is_plain=is_plain,
    )
    if lease.comparison.completion_set_id is not None:
        return replace(pair, ranked=tuple(one.completion.text for one in as_shown(lease)))
    if protocol.asks_ranking:
        return replace(pair, ranked=(pair.left, pair.right))
    return pair


def blind_pair(
    comparison: Comparison, *, first_is_left: bool, protocol: Protocol | None = None
) -> Pair:
    """A comparison that nobody leased, as a reviewer sees it before they have ruled on it."""
    pair = _pair(
        comparison,
        first_is_left=first_is_left,
        lease_id=comparison.public_id,
        protocol=protocol,
    )
    if protocol is None or not protocol.asks_ranking:
        return pair
    of_set = [] if comparison.completion_set_id is None else members_of(comparison)
    texts = [member.completion.text for member in of_set] or [pair.left, pair.right]
    return replace(pair, ranked=tuple(texts))


def _pair(
    comparison: Comparison,
    *,
    first_is_left: bool,
    lease_id: uuid.UUID,
    protocol: Protocol | None = None,
    is_plain: bool = False,
) -> Pair:
    first, second = comparison.first.text, comparison.second.text
    left, right = (first, second) if first_is_left else (second, first)
    *history, question = comparison.prompt.messages
    return Pair(
        lease_id=lease_id,
        protocol=protocol,
        key=uuid.uuid4().hex,
        history=list(_turns(history)),
        question=question,
        left=left,
        right=right,
        language=comparison.prompt.language,
        is_plain=is_plain,
    )


def _turns(history: list[dict[str, Any]]) -> Iterator[Turns]:
    for is_instruction, messages in groupby(
        history, key=lambda message: message["role"] in INSTRUCTION_ROLES
    ):
        yield Turns(list(messages), is_instruction)
