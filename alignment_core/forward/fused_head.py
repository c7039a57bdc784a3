"""Log-probs from hidden states through a linear head, without keeping logits beside gradients.

With E = exp(logits - max) and Z its row sums, d log p(target) / d logits = onehot - E / Z. The row
factors go into the hidden states instead of over E, so the backward pass reads E in two products
and never writes a (tokens, vocabulary) tensor of its own. Where E would be large it is not kept:
it is made again, some rows at a time.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from alignment_core.forward.log_probs import TokenStatistics
from alignment_core.machine.gradients_in_place import standing_gradient
from alignment_core.machine.kept_blocks import scratch

LARGEST_KEPT = 512 * 2**20  # bytes
ROWS_IN_CACHE = 2**20  # bytes of logits that are exponentiated together
SLICE = 4000  # entries of the vocabulary


def fused_token_statistics(
    hidden: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    targets: Tensor,
    *,
    temperature: float = 1.0,
    with_entropy: bool = False,
    largest_kept: int = LARGEST_KEPT,
) -> TokenStatistics:
    """What `token_statistics` says of the logits (hidden · weightᵀ + bias) / temperature.

    Args:
        hidden: shape (tokens, width); its type is that of the products. Half types give log-probs
            in float32. weight: (vocabulary, width). bias: (vocabulary,) or None.
        targets: int64, shape (tokens,).
        largest_kept: bytes of exp(logits) kept for the backward pass; above it, it is made again.
    """
    statistics: tuple[Tensor, Tensor, Tensor, Tensor] = FusedLogProbs.apply(  # type: ignore[no-untyped-call]
        hidden, weight, bias, targets, temperature, with_entropy, largest_kept
    )
    return TokenStatistics(*statistics)


class FusedLogProbs(torch.autograd.Function):
    """log softmax((hidden · weightᵀ + bias) / temperature)[target], shape (tokens,)."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        with_entropy: bool,
        largest_kept: int,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        is_half = hidden.dtype in (torch.float16, torch.bfloat16)
        ctx.wide = torch.float32 if is_half else hidden.dtype
        tokens, vocabulary = len(hidden), len(weight)
        rows = _rows_at_once(tokens, vocabulary, ctx.wide, largest_kept)
        ctx.is_kept, ctx.rows = rows >= tokens, rows
        ctx.temperature = temperature
        log_prob = hidden.new_empty(tokens, dtype=ctx.wide)
        sums, peaks, means, correct, entropy = (torch.empty_like(log_prob) for _ in range(5))
        kept = hidden.new_empty(0)
        for start in range(0, tokens, rows):
            part = slice(start, start + rows)
            logits = _logits(hidden[part], weight, bias, ctx)
            chosen = logits.gather(1, targets[part, None]).squeeze(1)
            _exponentiate(
                logits,
                peaks[part],
                sums[part],
                means[part],
                entropy[part] if with_entropy else None,
            )
            log_prob[part] = chosen - peaks[part] - sums[part].log()
            correct[part] = (chosen >= peaks[part]).to(ctx.wide)
            kept = logits
        ctx.save_for_backward(
            hidden, weight, bias, targets, sums, peaks, kept if ctx.is_kept else None
        )
        entropy = entropy if with_entropy else entropy[:0]
        ctx.mark_non_differentiable(means, correct, entropy)
        return log_prob, means, correct, entropy

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_others: Tensor) -> tuple[Tensor | None, ...]:
        """Every row's factor is its own gradient over its sum."""
        hidden, weight, bias, targets, sums, peaks, kept = ctx.saved_tensors
        gradient = gradient.to(ctx.wide) / ctx.temperature
        factors = (gradient / sums)[:, None]
        needs_hidden, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        d_hidden = torch.empty_like(hidden) if needs_hidden else None
        standing = standing_gradient(weight) if needs_weight else None
        d_weight, d_bias = standing, None
        for start in range(0, len(hidden), ctx.rows):
            part = slice(start, start + ctx.rows)
            shares = kept
            if shares is None:
                shares = _logits(hidden[part], weight, bias, ctx)
                shares.sub_(peaks[part, None]).exp_()
            shares = shares.to(hidden.dtype)
            if d_hidden is not None:
                d_hidden[part] = _product(shares, weight.to(hidden.dtype)).mul_(-factors[part])
            if needs_weight:
                scaled = (hidden[part] * -factors[part]).to(hidden.dtype)
                d_weight = _add_product(d_weight, shares.t(), scaled)
            if needs_bias:
                product = shares.t() @ -factors[part].squeeze(1).to(hidden.dtype)
                d_bias = product if d_bias is None else d_bias.add_(product)
        # The slope of a log-softmax is 1 at the target less every token's share. The shares are
        # taken off above; here comes the 1, for hidden states, weights and bias alike.
        if d_hidden is not None:
            d_hidden.addcmul_(weight[targets].to(hidden.dtype), gradient[:, None].to(hidden.dtype))
        if d_weight is not None:
            d_weight = d_weight.to(weight.dtype)
            own = (hidden * gradient[:, None]).to(weight.dtype)
            d_weight.index_add_(0, targets, own)
        if d_bias is not None:
            d_bias = d_bias.to(bias.dtype).index_add_(0, targets, gradient.to(bias.dtype))
        # What was added to `weight.grad` in place must not be returned: torch would add it twice.
        d_weight = None if standing is not None else d_weight
        return d_hidden, d_weight, d_bias, None, None, None, None


def _rows_at_once(tokens: int, vocabulary: int, dtype: torch.dtype, largest: int) -> int:
    """All of them where their logits are small enough to be kept."""
    return max(1, min(tokens, largest // (vocabulary * dtype.itemsize)))


def _logits(hidden: Tensor, weight: Tensor, bias: Tensor | None, ctx: Any) -> Tensor:
    room = scratch(
        (len(hidden), len(weight)), dtype=hidden.dtype, device=hidden.device, up_to=LARGEST_KEPT
    )
    logits = torch.mm(hidden, weight.to(hidden.dtype).t(), out=room)
    if bias is not None:
        logits += bias.to(hidden.dtype)
    logits = logits.to(ctx.wide)
    return logits if ctx.temperature == 1 else logits.div_(ctx.temperature)


def _product(shares: Tensor, weight: Tensor) -> Tensor:
    """shares · weight. On the processor a slice of the vocabulary at a time, which stays in cache;
    half types would round between the slices."""
    if shares.device.type != "cpu" or shares.dtype in (torch.float16, torch.bfloat16):
        return shares @ weight
    total = shares[:, :SLICE] @ weight[:SLICE]
    for start in range(SLICE, len(weight), SLICE):
        part = slice(start, start + SLICE)
        total.addmm_(shares[:, part], weight[part])
    return total


def _add_product(total: Tensor | None, left: Tensor, right: Tensor) -> Tensor:
    """total + left · right, in the total's place if there is one."""
    if total is not None and total.dtype == left.dtype:
        return total.addmm_(left, right)
    room = scratch((len(left), right.shape[1]), dtype=left.dtype, device=left.device)
    product = torch.mm(left, right, out=room)
    return product if total is None else total.add_(product)


def _exponentiate(
    logits: Tensor, peaks: Tensor, sums: Tensor, means: Tensor, entropy: Tensor | None
) -> None:
    """Logits to exp(logits - row maximum) in place, while some rows at a time are in cache.

    Fills the rows' maxima, the sums of the exponentials, the mean logits and the entropies.
    """
    rows = max(1, ROWS_IN_CACHE // (logits.shape[1] * logits.element_size()))
    if logits.device.type != "cpu":
        rows = len(logits)
    for start in range(0, len(logits), rows):
        part = slice(start, start + rows)
        block = logits[part]
        torch.amax(block, 1, out=peaks[part])
        torch.mean(block, 1, out=means[part])
        block.sub_(peaks[part, None])
        if entropy is not None:
            spread = block.exp()
            torch.sum(spread, 1, out=sums[part])
            # H = log Z - Σ p (logit - max), as p = exp(logit - max) / Z
            mean = torch.linalg.vecdot(spread, block)
            entropy[part] = sums[part].log() - mean / sums[part]
            block.copy_(spread)
        else:
            torch.sum(block.exp_(), 1, out=sums[part])
