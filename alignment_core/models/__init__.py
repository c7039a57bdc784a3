"""Models and their weights: loading, adapters, heads, halves, shards, and writing them.

Public: import the names below from this package. Weights are read from safetensors alone, no code
of a checkpoint is run, and adapters are merged into what they lie over.

    >>> import tempfile, torch
    >>> from pathlib import Path
    >>> from alignment_core.models import load_policy, load_tokenizer, make_tiny_checkpoint
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     base = Path(scratch) / "base"
    ...     n_weights = make_tiny_checkpoint(
    ...         ["Some text."], base, vocab_size=320, hidden_size=16, n_layers=1, n_heads=2
    ...     )
    ...     policy = load_policy(base, device=torch.device("cpu"))
    ...     tokenizer, is_our_template = load_tokenizer(base)
    >>> n_weights == sum(weight.numel() for weight in policy.parameters())
    True
    >>> policy.dtype, policy.training
    (torch.float32, False)
"""

from typing import TYPE_CHECKING

from alignment_core.lazy import lazily
from alignment_core.models.adapter_files import base_of_adapter, is_adapter

__all__ = [
    "RewardHeads",
    "base_of_adapter",
    "digest_of_base",
    "is_adapter",
    "load_policy",
    "load_reward_model",
    "load_tokenizer",
    "make_tiny_checkpoint",
    "resolve_base",
]

if TYPE_CHECKING:
    from alignment_core.models.loading import (
        digest_of_base,
        load_policy,
        load_reward_model,
        load_tokenizer,
        resolve_base,
    )
    from alignment_core.models.reward_heads import RewardHeads
    from alignment_core.models.tiny import make_tiny_checkpoint
else:
    __getattr__ = lazily(
        __name__,
        {
            "alignment_core.models.loading": (
                "digest_of_base load_policy load_reward_model load_tokenizer resolve_base"
            ),
            "alignment_core.models.reward_heads": "RewardHeads",
            "alignment_core.models.tiny": "make_tiny_checkpoint",
        },
    )
