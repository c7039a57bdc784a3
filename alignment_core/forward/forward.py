"""How sequences go through a model. Methods ask here and never call a model themselves.

Rows are completions: all first completions of the examples in order, then all second ones, and so
on; a group of G samples of one prompt is an example with G completions. What comes back is the
same whatever the layout, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch, padded_batch, rows_of
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.forward.choice import (
    BY_LENGTH,
    ForwardChoice,
    autocast,
    drops_out,
    known_forward,
)
from alignment_core.forward.fused_head import fused_token_statistics
from alignment_core.forward.hidden_states import hidden_states, logits_at, output_head
from alignment_core.forward.last_layer_where_read import last_layer_at
from alignment_core.forward.lean_embedding import lean_embedding
from alignment_core.forward.log_probs import (
    CompletionScores,
    TokenScores,
    TokenStatistics,
    sum_rows,
    sum_shared,
    token_statistics,
)
from alignment_core.forward.packed_attention import NAME
from alignment_core.forward.packing import packed_batch
from alignment_core.forward.parts import Part, parts_by, rows_together, tokens_together
from alignment_core.forward.windows import longest_packable
from alignment_core.models.attention import EAGER, set_attention
from alignment_core.models.recomputation import recomputes_layers
from alignment_core.models.sharding import is_sharded, run_pass

Examples = Sequence[TokenizedExample]
Through = Callable[[PreTrainedModel, str], "Forward"]  # of a model and the digest of its files


class Forward:
    """One model with the way in which sequences go through it."""

    def __init__(
        self,
        module: PreTrainedModel,
        *,
        dtype: str = "float32",
        choice: ForwardChoice | None = None,
        made_of: str = "",
    ) -> None:
        """
        Args:
            dtype: of the matrix products; "bfloat16" means autocast over float32 weights.
            choice: how to call the model; None finds out what is fastest and right.
            made_of: as of `tried_once`, for what is found out to be remembered.
        """
        self.module = module
        self.dtype = dtype
        self.made_of = made_of
        self.choice = (
            choice
            or run_pass(module, lambda: known_forward(module, made_of=made_of, dtype=dtype)).choice
        )
        self.longest = longest_packable(module)
        self.drops_out = drops_out(module)
        if self.choice.layout == "packed":
            set_attention(module, NAME)
        elif self.choice.attention == EAGER:
            set_attention(module, EAGER)

    def packs(self, examples: Examples) -> bool:
        """Whether these go through packed: none beyond a sliding window, nothing dropped out."""
        return (
            self.choice.layout == "packed"
            and not (self.drops_out and self.module.training)
            and (self.longest is None or max(e.n_tokens for e in examples) <= self.longest)
        )

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.module.parameters()).device

    def micro_batches(self, examples: Examples, *, token_budget: int) -> list[list[int]]:
        """Places of the examples, in groups that fit the budget of tokens at once."""
        return micro_batches(
            range(len(examples)),
            [example.n_tokens for example in examples],
            rows_per_example=max((len(example.completions) for example in examples), default=0),
            token_budget=token_budget,
            packed_lengths=[example.n_packed_tokens for example in examples]
            if self.choice.layout == "packed"
            else None,
        )

    def completions(self, examples: Examples) -> CompletionScores:
        """Score every completion as a whole; only its own positions go through the head."""
        tokens, lengths = self._token_statistics(examples)
        n_tokens = _counts(lengths, like=tokens.log_prob)
        return CompletionScores(
            log_prob=sum_rows(tokens.log_prob, lengths),
            n_tokens=n_tokens,
            mean_logit=sum_rows(tokens.mean_logit, lengths) / n_tokens,
            n_correct=sum_rows(tokens.correct, lengths),
            shared_log_prob=sum_shared(
                tokens.log_prob, lengths, [number for number, _ in rows_of(examples)]
            ),
        )

    def completion_tokens(
        self, examples: Examples, *, temperature: float = 1.0, entropy_gradient: bool = False
    ) -> TokenScores:
        """Score every completion token.

        Args:
            temperature: divides the logits, as sampling at that temperature does; above 0.
            entropy_gradient: let the entropy have a gradient, for which logits are kept.
        """
        tokens, lengths = self._token_statistics(
            examples, temperature, with_entropy=True, entropy_gradient=entropy_gradient
        )
        return TokenScores(
            log_prob=tokens.log_prob,
            entropy=tokens.entropy,
            n_tokens=_counts(lengths, like=tokens.log_prob),
        )

    def completion_hidden(self, examples: Examples) -> Tensor:
        """Last hidden states where each completion token is predicted, (tokens, width).

        That is before the token is read: what a value function is a function of.
        """
        return self._by_token(examples, lambda batch: self._hidden(batch, batch.predicting))

    def last_token_hidden(self, examples: Examples) -> Tensor:
        """Last hidden states at the last token of each row, shape (rows, width).

        The position comes from the lengths, never from the padding's id, which may be a token of
        the text.
        """
        return self._by_row(examples, lambda batch: self._hidden(batch, batch.last))

    def scores(self, examples: Examples) -> Tensor:
        """A reward model's score of each row at its last token, float32 at least, (rows,)."""
        return self._by_row(
            examples, lambda batch: run_pass(self.module, lambda: self._scores(batch))
        ).squeeze(-1)

    def _scores(self, batch: SequenceBatch) -> Tensor:
        hidden = self._hidden_within(batch, batch.last)
        head = self.module.get_submodule("score")
        # A score of half precision has steps of 1 in 256, which hide small margins.
        with torch.autocast(hidden.device.type, enabled=False):
            scores: Tensor = head(hidden.to(next(head.parameters()).dtype))
        return scores

    def _by_row(self, examples: Examples, answer: Callable[[SequenceBatch], Tensor]) -> Tensor:
        """What is read at the last token of each row, in the order of the rows."""
        parts = self._parts(examples)
        answers = [answer(self._batch(part.examples, with_last=True)) for part in parts]
        return rows_together(parts, answers)

    def _by_token(self, examples: Examples, answer: Callable[[SequenceBatch], Tensor]) -> Tensor:
        """What is read where each completion token is predicted, in the order of the rows."""
        parts = self._parts(examples)
        answers = [answer(self._batch(part.examples)) for part in parts]
        return tokens_together(parts, answers)

    def _parts(self, examples: Examples) -> list[Part]:
        """The examples in parts that must not share a call; nearly always one."""
        longest = max(example.n_tokens for example in examples)
        self.check_length(longest)
        lengths = self.choice.lengths
        if self.choice.rows == BY_LENGTH and not self.packs(examples):
            parts = parts_by(examples, lambda length: length)
        elif lengths.side(longest) > 0:
            parts = parts_by(examples, lengths.side)
        else:
            parts = [Part(list(examples), [])]
        if len(parts) > 1 and is_sharded(self.module):
            raise LoadingError(
                "the base's model reads some sequences apart, which weights in shares cannot do; "
                "take sharding off",
                field="sharding",
            )
        return parts

    def check_length(self, length: int) -> None:
        """Refuse sequences that are read otherwise after others. Raises: LoadingError."""
        longest = self.choice.longest
        if longest is not None and length > longest:
            raise LoadingError(
                "beyond {longest} tokens, what the base's model makes of a sequence depends on "
                "what it has read before; {length} is too long",
                field="max_length",
                value=length,
                parts={"longest": longest, "length": length},
            )

    def _batch(self, examples: Examples, *, with_last: bool = False) -> SequenceBatch:
        if self.packs(examples):
            return packed_batch(
                examples,
                device=self.device,
                # Where a length decides, it is that of the whole sequence, as in padded rows.
                with_last=with_last or bool(self.choice.switches),
                use_flex=self.choice.attention == "flex",
            )
        return padded_batch(examples, device=self.device)

    def _hidden(self, batch: SequenceBatch, places: Tensor) -> Tensor:
        return run_pass(self.module, lambda: self._hidden_within(batch, places))

    def _hidden_within(self, batch: SequenceBatch, places: Tensor) -> Tensor:
        """The same for what `run_pass` calls already, such as a head that reads on."""
        with autocast(self.device, self.dtype), self._reading(batch, places):
            return hidden_states(self.module, batch)[places]

    @contextmanager
    def _reading(self, batch: SequenceBatch, places: Tensor) -> Iterator[None]:
        """Around a forward pass of which only these places are read."""
        # Layers that are recomputed run again in the backward pass, when nothing is around them.
        is_kept = not recomputes_layers(self.module)
        with ExitStack() as around:
            around.enter_context(lean_embedding(self.module))
            if self.choice.last_layer == "read" and "packed_blocks" in batch.inputs and is_kept:
                around.enter_context(last_layer_at(self.module, places, batch.n_tokens))
            yield

    def _token_statistics(
        self,
        examples: Examples,
        temperature: float = 1.0,
        *,
        with_entropy: bool = False,
        entropy_gradient: bool = False,
    ) -> tuple[TokenStatistics, list[int]]:
        """Of every completion token, and how many of them each row has."""
        parts = self._parts(examples)
        found = [
            run_pass(
                self.module,
                partial(
                    self._statistics,
                    self._batch(part.examples),
                    temperature,
                    with_entropy=with_entropy,
                    entropy_gradient=entropy_gradient,
                ),
            )
            for part in parts
        ]
        lengths = [len(examples[number].completions[side]) for number, side in rows_of(examples)]
        tokens = (tokens_together(parts, values) for values in zip(*found, strict=True))
        return TokenStatistics(*tokens), lengths

    def _statistics(
        self,
        batch: SequenceBatch,
        temperature: float,
        *,
        with_entropy: bool,
        entropy_gradient: bool,
    ) -> TokenStatistics:
        if self.choice.head == "fused" and not entropy_gradient:
            return self._fused_statistics(batch, temperature, with_entropy)
        with autocast(self.device, self.dtype), self._reading(batch, batch.predicting):
            logits = logits_at(self.module, batch, batch.predicting)
        if temperature != 1:
            logits = logits / temperature
        return token_statistics(
            logits, batch.targets, with_entropy=with_entropy, entropy_gradient=entropy_gradient
        )

    def _fused_statistics(
        self, batch: SequenceBatch, temperature: float, with_entropy: bool
    ) -> TokenStatistics:
        head = cast("nn.Linear", output_head(self.module))  # or the choice would be another
        hidden = self._hidden_within(batch, batch.predicting)
        if self.dtype == "bfloat16":
            hidden = hidden.bfloat16()
        return fused_token_statistics(
            hidden,
            head.weight,
            head.bias,
            batch.targets,
            temperature=temperature,
            with_entropy=with_entropy,
        )


def _counts(lengths: Sequence[int], *, like: Tensor) -> Tensor:
    return torch.tensor(lengths, dtype=like.dtype, device=like.device)
