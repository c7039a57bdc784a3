"""Weights on their way to the disk: gathered from all processes, written by the main one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from alignment_core.files import write_json
from alignment_core.models.adapters import HEAD, has_adapters, trained_weights, write_adapter
from alignment_core.models.loading import load_config, read_json
from alignment_core.models.padding import describe_padding, with_row_of_padding
from alignment_core.processes.ranks import is_main

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
ADAPTER = "adapter"  # the folder of final/ with the adapter alone


def final_dtype(wanted: str, base: Path) -> torch.dtype:
    """The type of a finished checkpoint's weights.

    Args:
        wanted: its name, or "base" for that of the base's files.
    Returns: float32 where the base's config does not say.
    """
    config = load_config(base)
    stored: Any = getattr(config, "dtype", None) or getattr(config.get_text_config(), "dtype", None)
    name = str(stored).removeprefix("torch.") if wanted == "base" else wanted
    return DTYPES.get(name, torch.float32)


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


@torch.no_grad()
def round_weights(module: nn.Module, dtype: torch.dtype) -> None:
    """Give the weights values that a type can hold, in place; they keep the type they have."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.to(dtype))


def write_whole(
    module: PreTrainedModel, directory: Path, *, dtype: torch.dtype, pad_token_id: int | None
) -> None:
    """A finished checkpoint's weights and config, so that whoever reads them needs nothing else.

    The module is of no use afterwards: whole weights take the type in place, so that no second copy
    of them lies in memory.

    Args:
        dtype: of the weights on disk.
        pad_token_id: the tokenizer's padding, by which others find what a reward model scores.
    """
    state = _whole_state(module, dtype)
    if not is_main():
        return
    if state is None:
        nn.Module.to(module, dtype)
    if hasattr(module, HEAD) and pad_token_id is not None:
        state = _with_padding(module, state, pad_token_id)
    module.save_pretrained(directory, state_dict=state)
    config = read_json(directory / "config.json")
    write_json(directory / "config.json", {**config, "dtype": str(dtype).removeprefix("torch.")})


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


def _whole_state(module: nn.Module, dtype: torch.dtype = torch.float32) -> dict[str, Tensor] | None:
    """All weights in the processor's memory; None where they are whole already."""
    if not any(isinstance(weight, DTensor) for weight in module.parameters()):
        return None
    gathered: dict[int, Tensor] = {}  # a tied weight has two names and stays one tensor
    state = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in gathered:
            part = whole(tensor.detach())
            part = part.to(dtype) if part.is_floating_point() else part
            gathered[id(tensor)] = part.cpu() if is_main() else part.new_empty(0)
        state[name] = gathered[id(tensor)]
    return state
