"""Attention over packed rows, through the model's own attention interface.

A model whose attention is looked up by name calls `attention` below with the blocks that its
forward was given; without blocks (padded rows, sampling with a cache) it is the usual attention.
On the processor every block is a small dense product, which keeps the softmax for the backward
pass where that is cheap; long blocks go through the library's kernels, which keep nothing of size
length². On a GPU the blocks become FlexAttention's block mask.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from alignment_core.forward.packing import Block, PackedBlocks

NAME = "accord_packed"
LARGEST_DENSE = 512 * 1024  # pairs of query and key whose softmax is kept for the backward pass
NEVER = float("-inf")


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    softcap: float | None = None,
    packed_blocks: PackedBlocks | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """What the interface asks for.

    Args:
        query: shape (1, heads, tokens, width); key and value may have fewer heads, each then
            serves a run of query heads.
        softcap: scores s become softcap · tanh(s / softcap) before the softmax.
        packed_blocks: None for an ordinary batch.
    Returns: shape (1, tokens, heads, width), and None for the weights.
    """
    if packed_blocks is None and softcap is None:
        if query.shape[2] == 1 and query.device.type == "cpu" and dropout == 0:
            return _of_one_token(query, key, value, attention_mask, scaling), None
        output, _ = sdpa_attention_forward(
            module,
            query,
            key,
            value,
            attention_mask,
            scaling=scaling,
            dropout=dropout,
            **others,
        )
        return output, None
    if dropout > 0:
        raise ValueError("attention over packed rows has no dropout")
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if packed_blocks is None:
        return _capped(query, key, value, attention_mask, scaling, softcap).transpose(1, 2), None
    if torch.is_autocast_enabled(query.device.type):  # as it does for the library's attention
        dtype = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    if packed_blocks.use_flex:
        mask = packed_blocks.flex_mask
        output, _ = flex_attention_forward(
            module, query, key, value, mask, scaling=scaling, softcap=softcap
        )
        return output, None
    blocks = packed_blocks.blocks
    if softcap is None and max(block.area for block in blocks) <= LARGEST_DENSE:
        attended: Tensor = DenseBlocks.apply(  # type: ignore[no-untyped-call]
            query[0], key[0], value[0], blocks, scaling
        )
        return attended[None], None
    return _by_block(query, key, value, blocks, scaling, softcap), None


class DenseBlocks(torch.autograd.Function):
    """Attention block by block with dense products and a kept softmax."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, blocks: tuple[Block, ...], scale: float
    ) -> Tensor:
        """Query, key and value as (heads, tokens, width); returns (tokens, heads, width)."""
        heads, tokens, width = query.shape
        output = query.new_empty((tokens, heads, width))
        query = query * scale
        kept = []
        for block in blocks:
            own = slice(block.start, block.start + block.length)
            scores = torch.bmm(_grouped(query[:, own], key), _seen(key, block).transpose(1, 2))
            shares = _softmax(_hide_future(scores, block)).to(value.dtype)
            attended = torch.bmm(shares, _seen(value, block))
            output[own] = _ungrouped(attended, heads).transpose(0, 1)
            kept.append(shares)
        ctx.save_for_backward(query, key, value, *kept)
        ctx.blocks, ctx.scale = blocks, scale
        return output

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """dS = P ∘ (dP - rowsum(dP ∘ P)), and the products around it."""
        query, key, value, *kept = ctx.saved_tensors  # the query is scaled already
        heads = query.shape[0]
        d_query, d_key, d_value = (_tokens_first(part) for part in (query, key, value))
        d_key.zero_(), d_value.zero_()
        gradient = gradient.transpose(0, 1)
        for block, shares in zip(ctx.blocks, kept, strict=True):
            own = slice(block.start, block.start + block.length)
            d_output = _grouped(gradient[:, own], key)
            _add_seen(d_value, torch.bmm(shares.transpose(1, 2), d_output), block)
            d_shares = torch.bmm(d_output, _seen(value, block).transpose(1, 2))
            d_scores = torch.ops.aten._softmax_backward_data(d_shares, shares, -1, shares.dtype)
            d_own = torch.bmm(d_scores, _seen(key, block))
            d_query[:, own] = _ungrouped(d_own, heads).mul_(ctx.scale)
            _add_seen(
                d_key, torch.bmm(d_scores.transpose(1, 2), _grouped(query[:, own], key)), block
            )
        return d_query, d_key, d_value, None, None


def _by_block(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    blocks: tuple[Block, ...],
    scaling: float,
    softcap: float | None,
) -> Tensor:
    """The same through the library's kernels, shape (1, tokens, heads, width)."""
    n_groups = query.shape[1] // key.shape[1]
    key, value = (part.repeat_interleave(n_groups, dim=1) for part in (key, value))
    outputs = []
    for block in blocks:
        own = query[:, :, block.start : block.start + block.length]
        seen_key, seen_value = _seen(key, block), _seen(value, block)
        if softcap is not None or block.seen_length > 0:
            mask = _future(block.length, query.dtype, query.device) == 0
            mask = F.pad(mask, (block.seen_length, 0), value=True)
            if softcap is not None:
                outputs.append(_capped(own, seen_key, seen_value, mask, scaling, softcap))
                continue
        else:
            mask = None
        outputs.append(
            F.scaled_dot_product_attention(
                own, seen_key, seen_value, attn_mask=mask, is_causal=mask is None, scale=scaling
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2)


def _capped(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    scaling: float,
    softcap: float | None,
) -> Tensor:
    """Attention with softly capped scores, which the fused kernels do not have."""
    n_groups = query.shape[1] // key.shape[1]
    key, value = (part.repeat_interleave(n_groups, dim=1) for part in (key, value))
    scores = query @ key.transpose(-1, -2) * scaling
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    if mask is None:  # the last query stands at the last key, however many a cache holds before
        n_queries, n_keys = scores.shape[-2:]
        mask = torch.ones((n_queries, n_keys), dtype=torch.bool, device=scores.device)
        mask = mask.tril(n_keys - n_queries)
    if mask.dtype == torch.bool:
        # Not -∞: padding on the left sees nothing, and its NaN would reach who looks away from it.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    else:
        scores = scores + mask
    return _softmax(scores).to(value.dtype) @ value


def _of_one_token(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float | None
) -> Tensor:
    """What sampling with a cache asks for, shape (rows, 1, heads, width).

    The processor's fused kernel takes ten times as long for a single query.
    """
    rows, heads, _, width = query.shape
    n_keys = key.shape[1]
    scaling = width**-0.5 if scaling is None else scaling
    by_key = query.reshape(rows, n_keys, heads // n_keys, width) * scaling
    scores = by_key @ key.transpose(-1, -2)
    if mask is not None:  # (rows, 1, 1, tokens), for every head alike
        hidden = (
            scores.new_zeros(()).masked_fill(~mask, NEVER) if mask.dtype == torch.bool else mask
        )
        scores = scores + hidden
    attended = _softmax(scores).to(value.dtype) @ value
    return attended.reshape(rows, 1, heads, -1)


def _softmax(scores: Tensor) -> Tensor:
    """In at least float32."""
    is_half = scores.dtype in (torch.float16, torch.bfloat16)
    return torch.softmax(scores, -1, dtype=torch.float32 if is_half else scores.dtype)


def _seen(part: Tensor, block: Block) -> Tensor:
    """Keys or values of the stretch before a block and of the block itself."""
    own = part.narrow(-2, block.start, block.length)
    if block.seen_length == 0:
        return own
    return torch.cat([part.narrow(-2, block.seen_start, block.seen_length), own], dim=-2)


def _add_seen(total: Tensor, part: Tensor, block: Block) -> None:
    """Add gradients where `_seen` took the values from."""
    if block.seen_length > 0:
        total.narrow(1, block.seen_start, block.seen_length).add_(part[:, : block.seen_length])
    total.narrow(1, block.start, block.length).add_(part[:, block.seen_length :])


def _hide_future(scores: Tensor, block: Block) -> Tensor:
    """In place: a token sees none of the tokens of its block that come after it."""
    by_head = scores.view(-1, block.length, scores.shape[-1])
    by_head[:, :, block.seen_length :].add_(_future(block.length, scores.dtype, scores.device))
    return scores


def _future(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """0 where a key is not after its query, else -∞; shape (length, length)."""
    # Powers of two, cut to the length: so the few that are kept below are met again and again.
    size = 1 << max(6, (length - 1).bit_length())
    return _future_of_size(size, dtype, device)[:length, :length]


@lru_cache(maxsize=8)
def _future_of_size(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.full((size, size), NEVER, dtype=dtype, device=device).triu_(1)


def _grouped(query: Tensor, key: Tensor) -> Tensor:
    """(heads, tokens, width) to (key heads, query heads of each × tokens, width)."""
    heads, tokens, width = query.shape
    n_keys = key.shape[0]
    return query if heads == n_keys else query.reshape(n_keys, heads // n_keys * tokens, width)


def _ungrouped(grouped: Tensor, heads: int) -> Tensor:
    """Back to (heads, tokens, width)."""
    return grouped.reshape(heads, -1, grouped.shape[-1])


def _tokens_first(like: Tensor) -> Tensor:
    """Room for (heads, tokens, width) that lies in memory token by token, as projections do."""
    heads, tokens, width = like.shape
    return like.new_empty((tokens, heads, width)).transpose(0, 1)


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
