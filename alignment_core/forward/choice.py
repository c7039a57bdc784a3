"""Which way sequences go through a model: tried out on a few tokens, never guessed from its name.

The packed layout is used where its hidden states are those of the plain one, and the fused head
where the model's logits are exactly what its head computes. Otherwise the plain way is taken, and
the choice says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch, padded_batch
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.forward.hidden_states import hidden_states, leaves_logits_alone, output_head
from alignment_core.forward.last_layer_where_read import last_layer_at
from alignment_core.forward.packed_attention import NAME
from alignment_core.forward.packing import packed_batch

# Largest relative difference of hidden states between layouts that is taken for rounding.
TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 1e-2}


@dataclass(frozen=True, kw_only=True)
class ForwardChoice:
    """How one kind of model is called; written to plan.json."""

    layout: str  # "packed" or "padded"
    attention: str  # "blocks", "flex" or the model's own
    head: str  # "fused" or "plain"; "none" where there is no vocabulary
    last_layer: str = "whole"  # or "read": only at tokens whose hidden state is read
    reason: str = ""  # why something faster is not used


def autocast(device: torch.device, dtype: str) -> AbstractContextManager[Any]:
    """The precision of forward passes: "bfloat16" means autocast over float32 weights."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == "bfloat16")


def choose_forward(
    module: PreTrainedModel,
    *,
    dtype: str,
    layout: str = "auto",
    head: str = "auto",
    last_layer: str = "auto",
) -> ForwardChoice:
    """Try the fast ways on a few tokens of nonsense.

    Args:
        layout: "auto" and "packed" try the packed layout, "padded" does not.
        head: "auto" tries the fused head, "plain" does not.
        last_layer: "auto" tries to leave out of the last layer what is not read; "whole" does not.
    Raises: LoadingError if "packed" is asked for and the model does not allow it.
    """
    device = next(module.parameters()).device
    examples = _nonsense(module)
    plain = padded_batch(examples, device=device)
    reasons = []
    with _without_dropout(module), torch.no_grad(), autocast(device, _trial_dtype(module, dtype)):
        attention, reason = "model's own", "layout is padded"
        if layout != "padded":
            attention, reason = _choose_attention(module, examples, plain, device)
        if reason and layout == "packed":
            raise LoadingError(
                f"the base cannot be packed ({reason}); take layout auto",
                field="layout",
                value=layout,
            )
        reasons.append(reason)
        read = (
            not reason
            and last_layer != "whole"
            and _last_layer_can_be_cut(
                module,
                packed_batch(examples, device=device, with_last=True, use_flex=attention == "flex"),
            )
        )
        chosen_head, reason = _choose_head(module, plain, head)
        reasons.append(reason)
    return ForwardChoice(
        layout="padded" if reasons[0] else "packed",
        attention=attention,
        head=chosen_head,
        last_layer="read" if read else "whole",
        reason="; ".join(filter(None, reasons)),
    )


def set_attention(module: PreTrainedModel, name: str) -> None:
    """Let the model look its attention up under this name."""
    module.set_attn_implementation(name)


def longest_packable(module: PreTrainedModel) -> int | None:
    """The longest sequence that every layer sees whole; None if there is no sliding window."""
    config = module.config.get_text_config()
    windows = [
        getattr(config, name, None)
        for name in ("sliding_window", "attention_chunk_size")
        if getattr(config, "use_sliding_window", True)
    ]
    sizes = [size for size in windows if size]
    return min(sizes, default=None)


def drops_out(module: PreTrainedModel) -> bool:
    """Whether a training pass would drop activations at random."""
    config = module.config.get_text_config().to_dict()
    return any(
        isinstance(value, float) and value > 0
        for name, value in config.items()
        if "drop" in name or "pdrop" in name
    ) or any(part.p > 0 for part in module.modules() if isinstance(part, nn.Dropout))


def _choose_attention(
    module: PreTrainedModel,
    examples: list[TokenizedExample],
    plain: SequenceBatch,
    device: torch.device,
) -> tuple[str, str]:
    """The attention of the packed layout, or the model's own and the reason."""
    before = module.config._attn_implementation
    expected = hidden_states(module, plain)
    reason = "the model does not look its attention up by name"
    set_attention(module, NAME)
    if module.config._attn_implementation == NAME:
        for attention in ("flex", "blocks") if device.type == "cuda" else ("blocks",):
            packed = packed_batch(
                examples, device=device, with_last=True, use_flex=attention == "flex"
            )
            difference, reason = _difference(module, plain, expected, packed)
            if difference <= _tolerance(expected):
                return attention, ""
            if not reason:
                reason = f"hidden states differ by {difference:.1e} in the packed layout"
    set_attention(module, before)
    return "model's own", reason


def _difference(
    module: PreTrainedModel, plain: SequenceBatch, expected: Tensor, packed: SequenceBatch
) -> tuple[float, str]:
    """Relative difference of the norm at the places that predict, or infinity and the reason."""
    found = _tried(module, packed)
    if isinstance(found, Exception):
        first_line = (str(found).strip().splitlines() or [""])[0]
        return float("inf"), f"packed rows: {type(found).__name__}: {first_line[:120]}"
    places = torch.cat([plain.predicting, plain.last])
    packed_places = torch.cat([packed.predicting, packed.last])
    return _relative(found[packed_places], expected[places]), ""


def _last_layer_can_be_cut(module: PreTrainedModel, packed: SequenceBatch) -> bool:
    """Whether the hidden states that are read stay the same if the last layer skips the others."""
    expected = hidden_states(module, packed)[packed.last]
    with last_layer_at(module, packed.last, packed.n_tokens):
        found = _tried(module, packed)
    if isinstance(found, Exception):
        return False
    return _relative(found[packed.last], expected) <= _tolerance(expected)


def _tried(module: PreTrainedModel, packed: SequenceBatch) -> Tensor | Exception:
    """Hidden states of a packed row, or what the model raised instead.

    That is anything: architectures differ in the positions, masks and keywords that they know, and
    a part that wants all tokens is given some.
    """
    try:
        return hidden_states(module, packed)
    except Exception as error:  # each model's own code, none of which is known here
        return error


def _trial_dtype(module: PreTrainedModel, dtype: str) -> str:
    """Of the trial: full precision shows a wrong mask best, and whole weights can be so tried."""
    is_whole = all(weight.dtype.itemsize >= 4 for weight in module.parameters())
    return "float32" if is_whole else dtype


def _tolerance(expected: Tensor) -> float:
    """Products are as exact as autocast lets them be, whatever type the last norm returns."""
    kind = expected.device.type
    return TOLERANCE[
        torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else expected.dtype
    ]


def _relative(found: Tensor, expected: Tensor) -> float:
    """Difference of the norm; infinite where it is no number."""
    found, expected = found.double(), expected.double()
    difference = float((found - expected).norm() / expected.norm())
    return difference if difference == difference else float("inf")


def _choose_head(module: PreTrainedModel, plain: SequenceBatch, wanted: str) -> tuple[str, str]:
    """How log-probs are computed, and why not in one go."""
    head = output_head(module)
    if head is None:
        return "none", ""
    if wanted == "plain":
        return "plain", "head is plain"
    if type(head) is not nn.Linear or isinstance(head.weight, DTensor):
        return "plain", f"the head is a {type(head).__name__}, not a plain linear layer"
    if not leaves_logits_alone(module, plain):
        return "plain", "the model changes its head's logits"
    return "fused", ""


def _nonsense(module: PreTrainedModel) -> list[TokenizedExample]:
    """Two prompts with completions of uneven lengths, of ids that hardly repeat."""
    n_ids = int(module.config.get_text_config().vocab_size)
    ids = iter(range(1, 1000))

    def some(length: int) -> list[int]:
        return [(next(ids) * 7919) % n_ids for _ in range(length)]

    return [
        TokenizedExample("first", some(9), (some(5), some(3))),
        TokenizedExample("second", some(4), (some(6), some(8))),
    ]


@contextmanager
def _without_dropout(module: PreTrainedModel) -> Iterator[None]:
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
