"""The last layer of a model, computed only where its output is read.

Every layer but the last must run at each token, since later tokens attend to it. Of the last one
nobody attends to anything: at tokens whose hidden state is not read (a prompt's, and all but the
last of each sequence that is scored as a whole) only keys and values matter. So the parts of it
that treat each token by itself are given the other tokens only. What they would have answered at
the rest is put as 0, which reaches nothing that is read and gets no gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only
from transformers import PreTrainedModel

# Names under which models keep what treats each token by itself; tried out before it is relied on.
BY_TOKEN = frozenset({"mlp", "feed_forward", "block_sparse_moe", "q_proj", "o_proj", "c_proj"})


def parts_by_token(module: PreTrainedModel) -> list[nn.Module]:
    """The outermost parts of the last layer that treat tokens one by one; none if unknown."""
    n_layers = module.config.get_text_config().num_hidden_layers
    for part in module.modules():
        if isinstance(part, nn.ModuleList) and len(part) == n_layers:
            return list(_outermost(part[-1]))
    return []


def _outermost(part: nn.Module) -> Iterator[nn.Module]:
    for name, child in part.named_children():
        if name in BY_TOKEN:
            yield child
        else:
            yield from _outermost(child)


@contextmanager
def last_layer_at(module: PreTrainedModel, places: Tensor, n_tokens: int) -> Iterator[None]:
    """Within it, the last layer answers at these places only, and 0 elsewhere.

    Args:
        places: of the one row that goes through the model, in any order, repeated or not.
        n_tokens: length of that row.
    """
    kept = torch.unique(places)
    n_kept = len(kept)

    def narrow(_part: nn.Module, inputs: Any, named: Any) -> Any:
        def at_places(value: Tensor) -> Tensor:
            return value[:, kept] if value.shape[:2] == (1, n_tokens) else value

        return tree_map_only(Tensor, at_places, (inputs, named))

    def widen(_part: nn.Module, _inputs: Any, output: Any) -> Any:
        def everywhere(value: Tensor) -> Tensor:
            if value.shape[:2] != (1, n_kept):
                return value
            whole = value.new_zeros((1, n_tokens, *value.shape[2:]))
            return whole.index_copy(1, kept, value)

        return tree_map_only(Tensor, everywhere, output)

    with ExitStack() as hooks:
        if n_kept < n_tokens:
            for part in parts_by_token(module):
                before = part.register_forward_pre_hook(narrow, with_kwargs=True)
                hooks.callback(before.remove)
                hooks.callback(part.register_forward_hook(widen).remove)
        yield
