"""Weights on their way to the disk: gathered from all processes, written by the main one."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from alignment_core.models.adapters import HEAD, has_adapters, trained_weights, write_adapter
from alignment_core.models.padding import describe_padding, with_row_of_padding
from alignment_core.processes.ranks import is_main

ADAPTER = "adapter"  # the folder of final/ with the adapter alone


def whole(tensor: Tensor) -> Tensor:
    """A tensor whose parts may lie with several processes; all of them must ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def write_weights(module: PreTrainedModel, directory: Path) -> None:
    """What training has changed: all weights in Hugging Face layout, or the adapters alone."""
    if has_adapters(module):
        tensors = {name: whole(weight.detach()) for name, weight in trained_weights(module)}
        if is_main():
            write_adapter(module, tensors, directory)
        return
    state = _whole_state(module)
    if is_main():
        module.save_pretrained(directory, state_dict=state)


def write_adapter_beside(module: PreTrainedModel, directory: Path) -> None:
    """The adapter alone, in a folder of the finished checkpoint."""
    adapter = directory / ADAPTER
    if is_main():
        adapter.mkdir()
    write_weights(module, adapter)


def write_whole(module: PreTrainedModel, directory: Path, pad_token_id: int | None) -> None:
    """A finished checkpoint's weights and config, so that whoever reads them needs nothing else.

    Args:
        pad_token_id: the tokenizer's padding, by which others find what a reward model scores.
    """
    state = _whole_state(module)
    if not is_main():
        return
    if hasattr(module, HEAD) and pad_token_id is not None:
        state = _with_padding(module, state, pad_token_id)
    module.save_pretrained(directory, state_dict=state)


def _with_padding(
    module: PreTrainedModel, state: dict[str, Tensor] | None, pad_token_id: int
) -> dict[str, Tensor] | None:
    """The weights with an embedding for the padding; the model's config is told of it."""
    describe_padding(module.config, pad_token_id)
    embedding = cast("Tensor", module.get_input_embeddings().weight)
    if pad_token_id < len(embedding):
        return state
    module.config.get_text_config().vocab_size = pad_token_id + 1
    kept = module.state_dict(keep_vars=True)
    return {
        name: with_row_of_padding(tensor, pad_token_id) if kept[name] is embedding else tensor
        for name, tensor in (state or module.state_dict()).items()
    }


def _whole_state(module: nn.Module) -> dict[str, Tensor] | None:
    """All weights in the processor's memory; None where they are whole already."""
    if not any(isinstance(weight, DTensor) for weight in module.parameters()):
        return None
    gathered: dict[int, Tensor] = {}  # a tied weight has two names and stays one tensor
    state = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in gathered:
            part = whole(tensor.detach())
            gathered[id(tensor)] = part.cpu() if is_main() else part.new_empty(0)
        state[name] = gathered[id(tensor)]
    return state
