"""How fast a run goes. None of this changes what is learnt, beyond rounding."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import option


@dataclass(frozen=True, kw_only=True)
class SpeedConfig:
    """Ways to save work; each can be switched off."""

    layout: str = option(
        "auto",
        help="packed puts sequences in one row without padding, in which the completions of a "
        "prompt share it; padded is the plain way; auto packs where the model allows it, which "
        "is tried out first.",
        source="ours: the hidden states are the same, for half the work or less",
        choices=("auto", "packed", "padded"),
    )
    head: str = option(
        "auto",
        help="auto computes log-probs without keeping logits beside their gradient, where the "
        "model allows it; plain keeps them.",
        source="ours: the same log-probs with less memory; compare Hsu et al. 2024 (Liger Kernel)",
        choices=("auto", "plain"),
    )
    last_layer: str = option(
        "auto",
        help="auto leaves out of the last layer what no later token attends to and nobody reads, "
        "where packed rows are used and the model allows it; whole computes it everywhere.",
        source="ours: the hidden states that are read are the same",
        choices=("auto", "whole"),
    )
    matmul: str = option(
        "auto",
        help="PyTorch's precision of float32 matrix products. auto tries highest and medium, and "
        "takes the faster one whose relative error is below 1e-5.",
        source="ours: on some processors medium is another library, as exact and twice as fast",
        choices=("auto", "highest", "medium"),
    )
