"""A batch that does not wait for its longest row: what has ended leaves, what waits enters.

What is kept of the rows in the batch, and of those that enter, is put side by side: a row's tokens
end at the right whatever its length, and columns that no row fills any more are cut off. A row is
read by itself as far as attention and positions go, so its company changes nothing of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from alignment_core.configs import SampleConfig
from alignment_core.forward.log_probs import token_log_probs
from alignment_core.sampling.draws import next_tokens
from alignment_core.sampling.row_reading import Reading

# Shares of the batch. Rows that leave or enter cost a copy of what is kept, as each token does.
ENTER = 0.25  # that must be free before others enter
LEAVE = 0.125  # that must have ended before they leave


class WaitingRow(Protocol):
    """A row to be completed."""

    @property
    def ids(self) -> list[int]:
        """The prompt."""

    def draws(self, n_draws: int) -> Tensor:
        """Uniform draws of its own, one for each token, shape (n_draws,)."""


@dataclass(slots=True)
class Completion:
    """The tokens of a row so far, and their log-probs in nats where they are asked for."""

    ids: list[int] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How rows are completed, whatever they are."""

    begin: Callable[[Sequence[list[int]]], Reading]  # reads these prompts
    ends: Set[int]
    config: SampleConfig
    rows_at_once: int
    may_join: bool  # whether rows of different lengths may be read together
    check: Callable[[], None]  # called before rows enter; may raise to end it all
    on_progress: Callable[[float], None]  # told after each token how many rows are done
    with_log_probs: bool = False  # of what is sampled, at a temperature above 0 and a top_p of 1


def complete_rows(rows: Sequence[WaitingRow], batching: Batching) -> Iterator[Completion]:
    """The completions of rows, in their order; each through its end, or cut at the longest length.

    Raises: what `check` raises.
    """
    waiting = deque(range(len(rows)))
    completions = [Completion() for _ in rows]
    batch: _Batch | None = None
    n_done = n_given = 0
    while waiting or batch is not None:
        if waiting and _may_enter(batch, batching):
            batching.check()
            n_free = batching.rows_at_once - (batch.n_open if batch else 0)
            numbers = [waiting.popleft() for _ in range(min(n_free, len(waiting)))]
            entering = _Batch(rows, numbers, completions, batching)
            n_done += entering.read_on()
            batch = entering if batch is None else batch.joined(entering)
        elif batch is not None:
            n_done += batch.read_on()
        if batch is not None and batch.n_open == 0:
            batch = None
        batching.on_progress(n_done + (batch.share_read if batch else 0.0))
        under_way = batch.open_numbers if batch else []
        first = min([*under_way, waiting[0] if waiting else len(rows)])
        while n_given < first:
            yield completions[n_given]
            n_given += 1


def _may_enter(batch: _Batch | None, batching: Batching) -> bool:
    if batch is None:
        return True
    n_free = batching.rows_at_once - batch.n_open
    return batching.may_join and n_free >= max(1.0, ENTER * batching.rows_at_once)


class _Batch:
    """Rows that are read together; some may have ended and not left yet."""

    def __init__(
        self,
        rows: Sequence[WaitingRow],
        numbers: list[int],
        completions: list[Completion],
        batching: Batching,
    ) -> None:
        self.numbers = numbers
        self.completions = completions
        self.batching = batching
        self.is_open = [True] * len(numbers)
        self.n_read_on = [0] * len(numbers)  # turns of each row in the batch, its end passed or not
        # The samples of a prompt read it together, and part with its last token.
        place_of: dict[tuple[int, ...], int] = {}
        for number in numbers:
            place_of.setdefault(tuple(rows[number].ids), len(place_of))
        self.reading = batching.begin([list(ids) for ids in place_of])
        self.device = self.reading.ids.device
        parting = [place_of[tuple(rows[number].ids)] for number in numbers]
        self.parting: Tensor | None = torch.tensor(parting, device=self.device)
        n_draws = batching.config.max_new_tokens
        self.draws = torch.stack([rows[number].draws(n_draws) for number in numbers])
        self.draws = self.draws.to(self.device)

    @property
    def n_open(self) -> int:
        return sum(self.is_open)

    @property
    def open_numbers(self) -> list[int]:
        return [self.numbers[place] for place in self._open_places()]

    @property
    def share_read(self) -> float:
        """Of the rows under way, each by its share of the longest length."""
        longest = self.batching.config.max_new_tokens
        return sum(len(self.completions[number].ids) for number in self.open_numbers) / longest

    @torch.no_grad()
    def read_on(self) -> int:
        """One more token for every row; returns how many ended with it."""
        config, n_before = self.batching.config, self.n_open
        logits = self.reading.next_logits()
        if self.parting is not None:
            self.reading.select(self.parting)
            logits, self.parting = logits[self.parting], None
        turns = torch.tensor(self.n_read_on, device=self.device)
        draws = self.draws.gather(1, turns.unsqueeze(-1)).squeeze(-1)
        tokens = next_tokens(logits, draws, temperature=config.temperature, top_p=config.top_p)
        if self.batching.with_log_probs:
            drawn = token_log_probs(logits / config.temperature, tokens).tolist()
            for place in self._open_places():
                self.completions[self.numbers[place]].log_probs.append(drawn[place])
        for place, token in enumerate(tokens.tolist()):
            self._take(place, token)
        n_ended = n_before - self.n_open
        if self.n_open > 0:
            if self._should_leave():
                tokens = tokens[self._leave()]
            self.reading.append(tokens)
        return n_ended

    def joined(self, entering: _Batch) -> _Batch:
        """One batch of the rows of both that go on."""
        if entering.n_open == 0:
            return self
        for part in (self, entering):
            if part.n_open < len(part.numbers):
                part._leave()
        self.reading.join(entering.reading)
        self.numbers = self.numbers + entering.numbers
        self.is_open = self.is_open + entering.is_open
        self.n_read_on = self.n_read_on + entering.n_read_on
        self.draws = torch.cat([self.draws, entering.draws])
        return self

    def _take(self, place: int, token: int) -> None:
        self.n_read_on[place] += 1
        if self.is_open[place]:
            self.completions[self.numbers[place]].ids.append(token)
            is_longest = self.n_read_on[place] == self.batching.config.max_new_tokens
            self.is_open[place] = token not in self.batching.ends and not is_longest

    def _should_leave(self) -> bool:
        """Whether many have ended, or one of them would be read beyond the longest length."""
        n_ended = len(self.numbers) - self.n_open
        is_at_end = max(self.n_read_on) == self.batching.config.max_new_tokens
        return is_at_end or n_ended >= max(1.0, LEAVE * len(self.numbers))

    def _leave(self) -> Tensor:
        """Go on with the open rows alone; returns the places they had."""
        places = self._open_places()
        kept = torch.tensor(places, device=self.device)
        self.reading.select(kept)
        self.draws = self.draws[kept]
        self.numbers = [self.numbers[place] for place in places]
        self.n_read_on = [self.n_read_on[place] for place in places]
        self.is_open = [True] * len(places)
        return kept

    def _open_places(self) -> list[int]:
        return [place for place, is_open in enumerate(self.is_open) if is_open]
