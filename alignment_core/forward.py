"""How sequences go through a model. Methods ask here and never call a model themselves.

Rows are completions: all first completions of the examples in order, then all second ones, and so
on; a group of G samples of one prompt is an example with G completions. What comes back is the
same whatever the layout, up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alignment_core.collation import SequenceBatch, padded_batch
from alignment_core.log_probs import (
    CompletionScores,
    TokenScores,
    TokenStatistics,
    sum_rows,
    sum_shared,
    token_statistics,
)
from alignment_core.tokenization import TokenizedExample

Examples = Sequence[TokenizedExample]


class Forward:
    """One model with the way in which sequences go through it."""

    def __init__(self, module: PreTrainedModel, *, dtype: str = "float32") -> None:
        """
        Args:
            dtype: of the matrix products; "bfloat16" means autocast over float32 weights.
        """
        self.module = module
        self.dtype = dtype

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.module.parameters()).device

    def completions(self, examples: Examples) -> CompletionScores:
        """Score every completion as a whole; only its own positions go through the head."""
        batch = self._batch(examples)
        tokens = self._token_statistics(batch)
        n_tokens = torch.tensor(
            batch.lengths, dtype=tokens.log_prob.dtype, device=tokens.log_prob.device
        )
        return CompletionScores(
            log_prob=sum_rows(tokens.log_prob, batch.lengths),
            n_tokens=n_tokens,
            mean_logit=sum_rows(tokens.mean_logit, batch.lengths) / n_tokens,
            n_correct=sum_rows(tokens.correct, batch.lengths),
            shared_log_prob=sum_shared(tokens.log_prob, batch.lengths, n_examples=len(examples)),
        )

    def completion_tokens(self, examples: Examples, *, temperature: float = 1.0) -> TokenScores:
        """Score every completion token.

        Args:
            temperature: divides the logits, as sampling at that temperature does; above 0.
        """
        batch = self._batch(examples)
        tokens = self._token_statistics(batch, temperature, with_entropy=True)
        return TokenScores(
            log_prob=tokens.log_prob,
            entropy=tokens.entropy,
            n_tokens=torch.tensor(
                batch.lengths, dtype=tokens.log_prob.dtype, device=tokens.log_prob.device
            ),
        )

    def completion_hidden(self, examples: Examples) -> Tensor:
        """Last hidden states where each completion token is predicted, (tokens, width).

        That is before the token is read: what a value function is a function of.
        """
        batch = self._batch(examples)
        return self._hidden(batch)[batch.predicting]

    def last_token_hidden(self, examples: Examples) -> Tensor:
        """Last hidden states at the last token of each row, shape (rows, width).

        The position comes from the lengths, never from the padding's id, which may be a token of
        the text.
        """
        batch = self._batch(examples)
        return self._hidden(batch)[batch.last]

    def scores(self, examples: Examples) -> Tensor:
        """A reward model's score of each row at its last token, float32 at least, (rows,)."""
        hidden = self.last_token_hidden(examples)
        head = self.module.get_submodule("score")
        # A score of half precision has steps of 1 in 256, which hide small margins.
        with torch.autocast(hidden.device.type, enabled=False):
            scores: Tensor = head(hidden.to(next(head.parameters()).dtype)).squeeze(-1)
        return scores

    def _batch(self, examples: Examples) -> SequenceBatch:
        return padded_batch(examples, device=self.device)

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.dtype == "bfloat16"
        )

    def _hidden(self, batch: SequenceBatch) -> Tensor:
        """Last hidden states of every place, shape (places, width)."""
        with self._autocast():
            hidden: Tensor = self.module.base_model(**batch.inputs).last_hidden_state
        return hidden.flatten(0, 1)

    def _token_statistics(
        self, batch: SequenceBatch, temperature: float = 1.0, *, with_entropy: bool = False
    ) -> TokenStatistics:
        head = self.module.get_output_embeddings()  # type: ignore[no-untyped-call]
        with self._autocast(), _head_reads_only(head, batch.predicting):
            logits: Tensor = self.module(**batch.inputs).logits
        if logits.dim() == 3:  # a model that does not call its head as a module scored every place
            logits = logits.flatten(0, 1)[batch.predicting]
        if temperature != 1:
            logits = logits / temperature
        return token_statistics(logits, batch.targets, with_entropy=with_entropy)


@contextmanager
def _head_reads_only(head: nn.Module | None, places: Tensor) -> Iterator[None]:
    """Let a head see hidden states at these places only.

    The model's own forward still runs around its head, so a soft cap or a scale of the logits
    stays in force, whatever the architecture.
    """
    if head is None:
        yield
        return

    def keep(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden_states = inputs[0]
        return (hidden_states.flatten(0, 1)[places], *inputs[1:])

    handle = head.register_forward_pre_hook(keep)
    try:
        yield
    finally:
        handle.remove()
