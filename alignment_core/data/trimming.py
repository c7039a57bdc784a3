"""How much of a prompt fits: as few of its oldest turns left out as can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from alignment_core.data.records import message_text

Messages = Sequence[Mapping[str, Any]]
CHARACTERS_OF_TOKEN = 4  # about; what is tried first depends on it, what is found does not
CHARACTERS_OF_TURN = 16  # about, that a template writes around a message
MOST_GUESSES = 5  # places tried by their likely length; from then on the middle is
FIRST_PART = 8  # of the limit: a little of a long chat shows at small cost what its words take


def shorter_prompts(messages: Messages) -> Iterator[Messages]:
    """The prompt, then the same with ever more of its oldest turns left out.

    Leading system messages stay, and every shortened prompt begins with a user's turn.
    """
    cuts = _Cuts(messages)
    return (cuts.prompt(place) for place in range(len(cuts)))


def fit_prompt(
    messages: Messages, *, limit: int, n_tokens: Callable[[Messages], int]
) -> Messages | None:
    """The longest of `shorter_prompts` with at most `limit` tokens; None if the last has more.

    A turn less is taken to mean no more tokens. So the number of prompts that are measured grows
    with the logarithm of the number of turns, and few of them are much longer than the limit.

    Args:
        messages: the whole prompt.
        n_tokens: tokens of one of its prompts, with whatever else must fit.
    """
    cuts = _Cuts(messages)
    too_long, fitting = -1, len(cuts)
    measured: dict[int, int] = {}
    is_short = cuts.sizes[0] <= limit * CHARACTERS_OF_TOKEN
    place = 0 if is_short else len(cuts) - 1
    while fitting - too_long > 1:
        measured[place] = n_tokens(cuts.prompt(place))
        if measured[place] <= limit:
            fitting = place
        else:
            too_long = place
        if len(measured) > MOST_GUESSES:
            place = (too_long + fitting) // 2
        else:
            aim = limit // FIRST_PART if len(measured) == 1 and fitting == place else limit
            guess = cuts.guess(
                {at: measured[at] for at in (too_long, fitting) if at in measured}, aim
            )
            place = min(max(guess, too_long + 1), fitting - 1)
    return None if fitting == len(cuts) else cuts.prompt(fitting)


class _Cuts:
    """Where a prompt may begin, from the whole of it to its last turn alone."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        roles = [message["role"] for message in messages]
        self.n_system = next(
            (place for place, role in enumerate(roles) if role != "system"), len(roles)
        )
        self.starts = [self.n_system] + [
            place for place in range(self.n_system + 1, len(roles)) if roles[place] == "user"
        ]
        lengths = [len(message_text(message)) + CHARACTERS_OF_TURN for message in messages]
        in_front, left = sum(lengths[: self.n_system]), sum(lengths[self.n_system :])
        self.sizes: list[int] = []  # about how many characters each prompt has
        before = self.n_system
        for start in self.starts:
            left -= sum(lengths[before:start])
            before = start
            self.sizes.append(in_front + left)

    def __len__(self) -> int:
        return len(self.starts)

    def prompt(self, place: int) -> Messages:
        if place == 0:
            return self.messages
        return [*self.messages[: self.n_system], *self.messages[self.starts[place] :]]

    def guess(self, measured: Mapping[int, int], limit: int) -> int:
        """The first place that should fit, by what a character took in one or two places."""
        (low, n_low), (high, n_high) = min(measured.items()), max(measured.items())
        if self.sizes[low] == self.sizes[high]:
            rate = n_high / max(1, self.sizes[high])
        else:
            rate = (n_low - n_high) / (self.sizes[low] - self.sizes[high])
        most = self.sizes[high] + (limit - n_high) / max(rate, 1e-9)
        return next((at for at, size in enumerate(self.sizes) if size <= most), len(self) - 1)
