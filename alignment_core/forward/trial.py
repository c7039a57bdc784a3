"""What a way through a model is held against: each sequence alone, with the plainest attention.

A few sequences of nonsense, short beside long, are read one at a time by the model's eager
attention. Whatever is used instead must give the same hidden states, up to rounding. The same
sequences show that the model is causal, which every log-prob of a completion rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch, padded_batch, rows_of
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.forward.hidden_states import hidden_states
from alignment_core.forward.nonsense import nonsense, nonsense_ids
from alignment_core.forward.refused_base import (
    NOT_CAUSAL,
    check_is_of_model,
    described,
    refused_base,
)
from alignment_core.forward.rounding import HALF, relative, tolerance_of
from alignment_core.forward.windows import longest_packable, short_windows
from alignment_core.models.attention import EAGER, attention_of, set_attention
from alignment_core.models.loading import context_length

LONGEST, SHORTEST = 34, 6  # tokens of the longest sequence that is tried

Tried = list[Tensor] | Exception  # hidden states, row by row, or what the model raised instead


@dataclass(kw_only=True)
class Trial:
    """A model with sequences to try, and what each of them is alone."""

    module: PreTrainedModel
    examples: list[TokenizedExample]
    expected: list[Tensor] = field(default_factory=list)  # row by row
    narrow: Trial | None = None  # the same where sequences reach beyond every sliding window

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.module.parameters()).device

    @property
    def tolerance(self) -> float:
        """Largest relative difference that is taken for rounding."""
        return tolerance_of(self.expected[0])

    def padded(self) -> SequenceBatch:
        """All rows, padded on the right."""
        return padded_batch(self.examples, device=self.device)

    def read(self, batch: SequenceBatch) -> Tried:
        """Hidden states of each row of a batch at the places that predict, and at its last token.

        A model may raise anything: architectures differ in the positions, masks and keywords that
        they know, and a part that wants all tokens is given some.
        """
        try:
            found = hidden_states(self.module, batch)
        except Exception as error:  # each model's own code, none of which is known here
            check_is_of_model(error)
            return error
        predicting = torch.split(found[batch.predicting], list(batch.lengths))
        last = found[batch.last]
        return [torch.cat([row, end[None]]) for row, end in zip(predicting, last, strict=True)]

    def why_wrong(self, found: Tried, rows: Sequence[int] | None = None) -> str:
        """Why what was read is not what each row is alone; empty if it is.

        Args:
            rows: which rows were read; all if None.
        """
        if isinstance(found, Exception):
            return described(found)
        places = range(len(self.expected)) if rows is None else rows
        expected = [self.expected[place] for place in places]
        if self.tolerance >= HALF:  # coarse rounding strikes single rows by chance
            found, expected = [torch.cat(found)], [torch.cat(expected)]
        worst = max(relative(*pair) for pair in zip(found, expected, strict=True))
        return "" if worst <= self.tolerance else f"hidden states differ by {worst:.1e}"


def begin_trial(module: PreTrainedModel, switches: Sequence[int] = ()) -> Trial:
    """Read nonsense row by row with eager attention.

    Args:
        switches: lengths at which the model goes another way; the rows stay below them.
    Raises: LoadingError if the model cannot be called, or is not causal.
    """
    sizes = (LONGEST, context_length(module.config), longest_packable(module), *switches)
    examples = nonsense(module, room=max(SHORTEST, min(size for size in sizes if size)))
    trial = _begun(module, examples)
    if longest_packable(module) is not None:
        with short_windows(module):
            trial.narrow = _begun(module, examples)
    return trial


def check_numbers(module: PreTrainedModel) -> None:
    """Read a few tokens: what comes out must be numbers, or nothing can be held against them.

    Raises: LoadingError if the model cannot be called, or gives infinity or what is no number.
    """
    trial = Trial(module=module, examples=[])
    ids = list(islice(nonsense_ids(module), SHORTEST))
    if not _alone(trial, ids[:-1], ids[-1:]).isfinite().all():
        raise refused_base(
            module, "the base's model gives what is no number, as weights that are broken do"
        )


def _begun(module: PreTrainedModel, examples: list[TokenizedExample]) -> Trial:
    trial = Trial(module=module, examples=examples)
    with eager_attention(module):
        trial.expected = _each_alone(trial)
        _check_causal(trial)
    return trial


@contextmanager
def eager_attention(module: PreTrainedModel) -> Iterator[None]:
    """The model with its plainest attention, and afterwards with what it had."""
    before = attention_of(module)
    set_attention(module, EAGER)
    try:
        yield
    finally:
        set_attention(module, before)


def _alone(trial: Trial, prompt_ids: list[int], completion: list[int]) -> Tensor:
    """What one sequence is by itself."""
    row = TokenizedExample("", prompt_ids, (completion,))
    found = trial.read(padded_batch([row], device=trial.device))
    if isinstance(found, Exception):
        raise refused_base(
            trial.module, "the base's model cannot be run here: {why}", why=described(found)
        )
    return found[0]


def _each_alone(trial: Trial) -> list[Tensor]:
    return [
        _alone(trial, trial.examples[number].prompt_ids, trial.examples[number].completions[side])
        for number, side in rows_of(trial.examples)
    ]


def _check_causal(trial: Trial) -> None:
    """Change the last token of some rows: nothing before it may move."""
    for example, before in zip(trial.examples, trial.expected, strict=False):
        ids = example.completions[0]
        changed = next(token for token in nonsense_ids(trial.module) if token != ids[-1])
        after = _alone(trial, example.prompt_ids, [*ids[:-1], changed])
        if relative(after[:-1], before[:-1]) > trial.tolerance:
            raise refused_base(trial.module, NOT_CAUSAL)
