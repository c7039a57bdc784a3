"""Which way sequences go through a model: tried out on a few tokens, never guessed from its name.

Each way is held against every sequence read alone with eager attention (see `trial`). The packed
layout is used where its hidden states are those, and the fused head where the model's logits are
exactly what its head computes. Otherwise the next safer way is taken, and the choice says why:
padded rows, eager attention, rows of one length only. Where none is right the base is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from alignment_core.data.collation import SequenceBatch, padded_batch
from alignment_core.errors import LoadingError
from alignment_core.forward.hidden_states import leaves_logits_alone, output_head
from alignment_core.forward.last_layer_where_read import last_layer_at
from alignment_core.forward.length_switches import Lengths, tried_lengths
from alignment_core.forward.packed_attention import NAME
from alignment_core.forward.packing import packed_batch
from alignment_core.forward.parts import parts_by
from alignment_core.forward.refused_base import refused_base
from alignment_core.forward.rounding import relative
from alignment_core.forward.trial import Trial, begin_trial, check_numbers
from alignment_core.forward.tried_once import Outcome, tried_once
from alignment_core.forward.windows import short_windows
from alignment_core.models.attention import EAGER, attention_of, set_attention

TOGETHER, BY_LENGTH = "together", "by length"  # which padded rows share a call
OWN = "model's own"


@dataclass(frozen=True, kw_only=True)
class ForwardChoice:
    """How one kind of model is called; written to plan.json."""

    layout: str  # "packed" or "padded"
    attention: str  # "blocks" or "flex" where rows are packed; else "model's own" or "eager"
    head: str  # "fused" or "plain"; "none" where there is no vocabulary
    last_layer: str = "whole"  # or "read": only at tokens whose hidden state is read
    rows: str = TOGETHER  # which padded rows share a call; or "by length": only equal ones
    switches: Sequence[int] = ()  # lengths in tokens; sequences on two sides share no call
    longest: int | None = None  # tokens; a longer sequence is refused
    reason: str = ""  # why something faster is not used

    @property
    def lengths(self) -> Lengths:
        """What the model makes of lengths."""
        return Lengths(switches=tuple(self.switches), longest=self.longest)


def autocast(device: torch.device, dtype: str) -> AbstractContextManager[Any]:
    """The precision of forward passes: "bfloat16" means autocast over float32 weights."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == "bfloat16")


def known_forward(
    module: PreTrainedModel,
    *,
    made_of: str,
    dtype: str,
    layout: str = "auto",
    head: str = "auto",
    last_layer: str = "auto",
) -> Outcome[ForwardChoice]:
    """As `choose_forward`, of which it remembers the answer; the caller sets the attention.

    Args: made_of: as of `tried_once`.
    """
    asked = {"dtype": dtype, "layout": layout, "head": head, "last_layer": last_layer}
    return tried_once(
        ForwardChoice,
        lambda: choose_forward(module, **asked),
        module,
        made_of=made_of,
        **asked,
    )


def choose_forward(
    module: PreTrainedModel,
    *,
    dtype: str,
    layout: str = "auto",
    head: str = "auto",
    last_layer: str = "auto",
) -> ForwardChoice:
    """Try the fast ways on a few tokens of nonsense; the model is left with its attention set.

    Args:
        layout: "auto" and "packed" try the packed layout, "padded" does not.
        head: "auto" tries the fused head, "plain" does not.
        last_layer: "auto" tries to leave out of the last layer what is not read; "whole" does not.
    Raises: LoadingError if the base is not causal or no way through it is right, or if "packed" is
        asked for and the model does not allow it.
    """
    device = next(module.parameters()).device
    with _without_dropout(module), torch.no_grad(), autocast(device, _trial_dtype(module, dtype)):
        check_numbers(module)
        lengths = tried_lengths(module)
        trial = begin_trial(module, lengths.switches)
        attention, rows, own_reason = _choose_padded(trial)
        of_padded = attention_of(module)
        packed, reason = "", "layout is padded"
        if layout != "padded":
            packed, reason = _choose_packed(trial, rows=rows)
        if not packed:
            if layout == "packed":
                raise LoadingError(
                    f"the base cannot be packed ({reason}); take layout auto",
                    field="layout",
                    value=layout,
                )
            set_attention(module, of_padded)
        read = bool(packed) and last_layer != "whole" and _last_layer_can_be_cut(trial, packed)
        chosen_head, head_reason = _choose_head(module, trial.padded(), head)
    return ForwardChoice(
        layout="packed" if packed else "padded",
        attention=packed or attention,
        head=chosen_head,
        last_layer="read" if read else "whole",
        rows=rows,
        switches=lengths.switches,
        longest=lengths.longest,
        reason="; ".join(filter(None, ("" if packed else reason, own_reason, head_reason))),
    )


def drops_out(module: PreTrainedModel) -> bool:
    """Whether a training pass would drop activations at random."""
    config = module.config.get_text_config().to_dict()
    return any(
        isinstance(value, float) and value > 0
        for name, value in config.items()
        if "drop" in name or "pdrop" in name
    ) or any(part.p > 0 for part in module.modules() if isinstance(part, nn.Dropout))


def _choose_padded(trial: Trial) -> tuple[str, str, str]:
    """Attention of padded rows and which of them share a call, and why nothing faster is right.

    Raises: LoadingError if no way is right.
    """
    module = trial.module
    own = attention_of(module)
    reasons: list[str] = []
    for rows, attention in product((TOGETHER, BY_LENGTH), dict.fromkeys((own, EAGER))):
        set_attention(module, attention)
        reason = _why_padded_is_wrong(trial, rows)
        if not reason:
            return (OWN if attention == own else EAGER), rows, "; ".join(reasons)
        reasons.append(f"{attention} attention, rows {rows}: {reason}")
        set_attention(module, own)
    raise refused_base(
        module, "no way through the base's model is right: {why}", why="; ".join(reasons)
    )


def _why_padded_is_wrong(trial: Trial, rows: str) -> str:
    reason = _why_rows_are_wrong(trial, rows)
    if reason or trial.narrow is None:
        return reason
    with short_windows(trial.module):
        return _why_rows_are_wrong(trial.narrow, rows)


def _why_rows_are_wrong(trial: Trial, rows: str) -> str:
    if rows == TOGETHER:
        return trial.why_wrong(trial.read(trial.padded()))
    for part in parts_by(trial.examples, lambda length: length):
        found = trial.read(padded_batch(part.examples, device=trial.device))
        if reason := trial.why_wrong(found, part.rows):
            return reason
    return ""


def _choose_packed(trial: Trial, *, rows: str) -> tuple[str, str]:
    """The attention of the packed layout, which is then the model's; or nothing, and why."""
    module, device = trial.module, trial.device
    reason = "the model does not look its attention up by name"
    set_attention(module, NAME)
    if attention_of(module) != NAME:
        return "", reason
    for attention in ("flex", "blocks") if device.type == "cuda" else ("blocks",):
        reason = trial.why_wrong(trial.read(_packed(trial, attention)))
        if not reason:  # what is not packed goes through the same attention
            reason = _why_padded_is_wrong(trial, rows)
        if not reason:
            return attention, ""
    return "", f"packed rows: {reason}"


def _packed(trial: Trial, attention: str) -> SequenceBatch:
    return packed_batch(
        trial.examples, device=trial.device, with_last=True, use_flex=attention == "flex"
    )


def _last_layer_can_be_cut(trial: Trial, attention: str) -> bool:
    """Whether the hidden states that are read stay the same if the last layer skips the others."""
    packed = _packed(trial, attention)
    with last_layer_at(trial.module, packed.last, packed.n_tokens):
        found = trial.read(packed)
    if isinstance(found, Exception):
        return False
    pairs = zip(found, trial.expected, strict=True)
    return all(relative(row[-1], of_row[-1]) <= trial.tolerance for row, of_row in pairs)


def _trial_dtype(module: PreTrainedModel, dtype: str) -> str:
    """Of the trial: full precision shows a wrong mask best, and whole weights can be so tried."""
    is_whole = all(weight.dtype.itemsize >= 4 for weight in module.parameters())
    return "float32" if is_whole else dtype


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


@contextmanager
def _without_dropout(module: PreTrainedModel) -> Iterator[None]:
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
