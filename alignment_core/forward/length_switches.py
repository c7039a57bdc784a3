"""Lengths at which a model changes its ways, and which sequences may share a call because of them.

Some models choose something once for a whole call, by the longest sequence in it: the rotary
factors of LongRoPE are one set up to a length and another beyond it. A shorter sequence beside a
longer one would be read with factors that it does not have alone. So the lengths are looked for,
tried out by positions alone, which costs a few tokens however far they lie, and kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch
from alignment_core.forward.hidden_states import hidden_states
from alignment_core.forward.nonsense import nonsense_ids
from alignment_core.forward.refused_base import NOT_CAUSAL, check_is_of_model, refused_base
from alignment_core.forward.rounding import relative, tolerance_of

ORIGINAL = ("original_max_position_embeddings", "original_max_seq_len")
N_TOKENS = 6


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """What a model makes of lengths; all in tokens."""

    switches: tuple[int, ...] = ()  # up to each a call goes one way, beyond it another
    longest: int | None = None  # beyond it every length is read in a way of its own

    def side(self, length: int) -> int:
        """How many switches a sequence is beyond; only those of one side share a call."""
        return sum(length > switch for switch in self.switches)


def tried_lengths(module: PreTrainedModel) -> Lengths:
    """Find out at which of the lengths that a model names it changes for a whole call.

    Raises: LoadingError if the model is not causal beyond one of them.
    """
    calls = _Positions(module)
    switches: list[int] = []
    named = sorted(set(_named_lengths(module)))
    for length, following in zip_longest(named, named[1:]):
        if not calls.change_at(length):
            continue
        calls.check_causal_beyond(length)
        if not calls.are_one_beyond(length, before=following):
            return Lengths(switches=tuple(switches), longest=length)
        switches.append(length)
    return Lengths(switches=tuple(switches))


def _named_lengths(module: PreTrainedModel) -> Iterator[int]:
    """Lengths to look at: those that the config names, and those that rotary embeddings keep."""
    yield from _within(module.config.get_text_config().to_dict())
    for part in module.modules():
        yield from _whole_numbers(getattr(part, name, None) for name in ORIGINAL)


def _within(settings: dict[str, Any]) -> Iterator[int]:
    yield from _whole_numbers(settings.get(name) for name in ORIGINAL)
    for value in settings.values():
        if isinstance(value, dict):
            yield from _within(value)


def _whole_numbers(values: Iterator[Any]) -> Iterator[int]:
    return (value for value in values if type(value) is int and value > 0)


class _Positions:
    """The same few tokens at several positions, side by side or alone."""

    def __init__(self, module: PreTrainedModel) -> None:
        self.module = module
        self.ids = list(islice(nonsense_ids(module), N_TOKENS))

    def change_at(self, length: int) -> bool:
        """Whether a short sequence is read otherwise beside one just longer than this.

        A model that takes no positions has no choice that depends on them, and one without room
        for such positions is never given any.
        """
        try:
            within = self._first_of(0, length - 1)
            beyond = self._first_of(0, length)
        except Exception as error:  # each model's own code, none of which is known here
            check_is_of_model(error)
            return False
        return _differ(beyond, within)

    def are_one_beyond(self, length: int, *, before: int | None) -> bool:
        """Whether all longer ones go one way, whatever else and whatever before is read.

        Args:
            before: the next length at which they may go yet another way.
        """
        farther = 2 * length if before is None else min(2 * length, before - 1)
        alone = self._first_of(length)
        beside = self._first_of(length, farther)
        again = self._first_of(length)
        self._first_of(0)  # leaves nothing behind of what was read beyond
        return not _differ(beside, alone) and not _differ(again, alone)

    def check_causal_beyond(self, length: int) -> None:
        """Change the last token at such positions: nothing before it may move."""
        first, last = self.ids[0], self.ids[-1]
        both = []
        for token in (last, first):
            self.ids[-1] = token
            both.append(self._first_of(length)[:-1])
        self.ids[-1] = last
        if _differ(*both):
            raise refused_base(self.module, NOT_CAUSAL)

    def _first_of(self, *last_positions: int) -> Tensor:
        """Hidden states of the first of some rows, each of which ends at a position."""
        device = next(self.module.parameters()).device
        n_tokens = len(self.ids)
        positions = torch.stack(
            [torch.arange(n_tokens) + max(0, last + 1 - n_tokens) for last in last_positions]
        )
        ids = torch.tensor([self.ids]).expand(len(last_positions), -1)
        nothing = torch.zeros(0, dtype=torch.long, device=device)
        batch = SequenceBatch(
            inputs={
                "input_ids": ids.to(device),
                "attention_mask": torch.ones_like(ids).to(device),
                "position_ids": positions.to(device),
                "use_cache": False,
            },
            predicting=nothing,
            targets=nothing,
            last=nothing,
            lengths=(),
            n_tokens=ids.numel(),
        )
        return hidden_states(self.module, batch)[:n_tokens]


def _differ(found: Tensor, expected: Tensor) -> bool:
    return relative(found, expected) > tolerance_of(expected)
