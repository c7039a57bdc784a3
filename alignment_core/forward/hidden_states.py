"""Calls of a Hugging Face model that give only what is needed of it.

Everything here works around the model's own forward, so that whatever an architecture does before
its head (a scale) or after it (a soft cap) stays in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch


def output_head(module: PreTrainedModel) -> nn.Module | None:
    """The layer from hidden states to logits; None for a model without one."""
    return module.get_output_embeddings()  # type: ignore[no-any-return]


def hidden_states(module: PreTrainedModel, batch: SequenceBatch) -> Tensor:
    """What the head is given at every place, shape (places, width); the head itself is idle."""
    head = output_head(module)
    seen: list[Tensor] = []

    def idle(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        seen.append(inputs[0])
        return (inputs[0][:, :0], *inputs[1:])

    if head is not None:
        with _pre_hook(head, idle):
            module(**batch.inputs)
    if len(seen) != 1:  # no head, or one that is not called as a module
        seen = [module.base_model(**batch.inputs).last_hidden_state]
    return seen[0].flatten(0, 1)


def logits_at(module: PreTrainedModel, batch: SequenceBatch, places: Tensor) -> Tensor:
    """Logits at some places, shape (places, vocabulary); only these go through the head."""
    head = output_head(module)

    def keep(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0].flatten(0, 1)[places], *inputs[1:])

    if head is None:
        logits: Tensor = module(**batch.inputs).logits
    else:
        with _pre_hook(head, keep):
            logits = module(**batch.inputs).logits
    # A model that does not call its head as a module has scored every place.
    return logits.flatten(0, 1)[places] if logits.dim() == 3 else logits


def leaves_logits_alone(module: PreTrainedModel, batch: SequenceBatch) -> bool:
    """Whether the model hands out exactly what its head computes: no soft cap, no scale.

    Found out by putting known numbers in the head's place, so no tolerance is needed.
    """
    head = output_head(module)
    if head is None:
        return False
    known = torch.linspace(-1000.0, 1000.0, 64, device=batch.predicting.device)[None, None]

    def answer(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        return known.to(output.dtype).expand(*output.shape[:-1], -1)

    handle = head.register_forward_hook(answer)
    try:
        logits = module(**batch.inputs).logits
    finally:
        handle.remove()
    expected = known.to(logits.dtype)
    return logits.shape[-1] == expected.shape[-1] and bool((logits == expected).all())


@contextmanager
def _pre_hook(module: nn.Module, hook: Callable[..., Any]) -> Iterator[None]:
    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()
