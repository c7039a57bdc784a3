"""Rows of unequal lengths that a model reads token by token, to say what comes next."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from alignment_core.forward.choice import TOGETHER, autocast
from alignment_core.forward.length_switches import Lengths
from alignment_core.models.half_weights import dtype_of_passes

KEPT, NONE = "keys and values", "none"


@dataclass(frozen=True, kw_only=True)
class ReadingChoice:
    """How a model is sampled; written to plan.json."""

    cache: str  # "keys and values" of what was read; "none" reads all again for each token
    rows: str  # which rows share a batch: "together", or "by length" only equal ones
    switches: Sequence[int] = ()  # lengths in tokens; rows on two sides share no call
    longest: int | None = None  # tokens; prompt and completion together are held to it
    rows_at_once: int = 32  # in a batch
    reason: str = ""  # why something faster is not used


class HasIds(Protocol):
    """A row to sample from."""

    @property
    def ids(self) -> list[int]:
        """The prompt."""


Row = TypeVar("Row", bound=HasIds)


def groups_of(
    rows: Sequence[Row], choice: ReadingChoice, *, max_new_tokens: int
) -> Iterator[tuple[list[Row], bool]]:
    """Rows that may be read together, shortest prompts first: less padding.

    Where a model reads otherwise beyond a length, the rows of a group are all on one side of it,
    or come to it all at once.

    Returns: groups, each with whether its rows may join a batch that others have begun; else those
        of a batch begin together.
    """
    lengths = Lengths(switches=tuple(choice.switches))

    def key(row: Row) -> tuple[bool, int]:
        shortest = len(row.ids)
        longest = shortest + max_new_tokens - 1  # the last token is not read any more
        if choice.rows == TOGETHER and lengths.side(shortest) == lengths.side(longest):
            return True, lengths.side(shortest)
        return False, shortest

    for (may_join, _), alike in groupby(sorted(rows, key=lambda row: len(row.ids)), key=key):
        yield list(alike), may_join


class Reading:
    """Rows that a model reads, with what it keeps of them."""

    def __init__(
        self, policy: PreTrainedModel, rows: Sequence[Sequence[int]], choice: ReadingChoice
    ) -> None:
        self.policy = policy
        self.choice = choice
        self.dtype = dtype_of_passes(policy)
        self.ids, self.mask = (part.to(policy.device) for part in _padded_on_the_left(rows))
        self.cache: DynamicCache | None = None
        self.n_read = 0
        self._begin()

    def next_logits(self) -> Tensor:
        """Of the token after the last of each row, shape (rows, vocabulary)."""
        positions = (self.mask.cumsum(-1) - 1).clamp(min=0)
        optional = {
            "position_ids": positions[:, self.n_read :],
            "past_key_values": self.cache,
            "logits_to_keep": 1,
        }
        with autocast(self.policy.device, self.dtype):
            logits: Tensor = self.policy(
                input_ids=self.ids[:, self.n_read :],
                attention_mask=self.mask,
                use_cache=self.cache is not None,
                **{name: value for name, value in optional.items() if name in self._known},
            ).logits
        if self.cache is not None:
            self.n_read = self.ids.shape[1]
        return logits[:, -1]

    def select(self, places: Tensor) -> None:
        """Go on with these rows, which may come more than once; columns none fills are cut off."""
        if self.cache is not None:
            self.cache.batch_select_indices(places)
        self.ids, self.mask = self.ids[places], self.mask[places]
        self._widen(int(self.mask.any(0).sum()) - self.mask.shape[1])

    def join(self, other: Reading) -> None:
        """Go on with the rows of another reading as well, behind one's own.

        Both have been given one token each that is not read yet.
        """
        length = max(self.ids.shape[1], other.ids.shape[1])
        for reading in (self, other):
            reading._widen(length - reading.ids.shape[1])
        self.ids = torch.cat([self.ids, other.ids])
        self.mask = torch.cat([self.mask, other.mask])
        for layer, beside in zip(self._layers, other._layers, strict=True):
            layer.keys = torch.cat([layer.keys, beside.keys])
            layer.values = torch.cat([layer.values, beside.values])

    def append(self, tokens: Tensor) -> None:
        """One more token for each row, shape (rows,)."""
        if self.ids.shape[1] in self.choice.switches:  # what is kept was read in another way
            self._begin()
        following = tokens.unsqueeze(-1)
        self.ids = torch.cat([self.ids, following], dim=-1)
        self.mask = torch.cat([self.mask, torch.ones_like(following)], dim=-1)

    def _widen(self, n_columns: int) -> None:
        """Add columns at the left that no row fills, or cut off so many that none does."""
        if n_columns == 0:
            return
        self.ids = F.pad(self.ids, (n_columns, 0))
        self.mask = F.pad(self.mask, (n_columns, 0))
        if self.n_read > 0:
            self.n_read += n_columns
        for layer in self._layers:
            layer.keys = F.pad(layer.keys, (0, 0, n_columns, 0))
            layer.values = F.pad(layer.values, (0, 0, n_columns, 0))

    def _begin(self) -> None:
        """Nothing is read yet."""
        self.n_read = 0
        self.cache = DynamicCache() if self.choice.cache == KEPT else None

    @property
    def _layers(self) -> list[Any]:
        """What is kept of each layer that has been read, as `keys` and `values`."""
        layers: list[Any] = [] if self.cache is None else self.cache.layers
        return [layer for layer in layers if layer.is_initialized]

    @property
    def _known(self) -> frozenset[str]:
        return _arguments(type(self.policy))


def _arguments(kind: type[PreTrainedModel]) -> frozenset[str]:
    """Names that a model's forward knows; others would be ignored or refused."""
    parameters: Any = inspect.signature(kind.forward).parameters
    return frozenset(parameters)


def _padded_on_the_left(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask in which every row's next token comes last; int64, shape (rows, length)."""
    length = max(map(len, rows))
    input_ids = torch.zeros((len(rows), length), dtype=torch.long)
    mask = torch.zeros((len(rows), length), dtype=torch.long)
    for place, ids in enumerate(rows):
        input_ids[place, length - len(ids) :] = torch.tensor(ids)
        mask[place, length - len(ids) :] = 1
    return input_ids, mask
