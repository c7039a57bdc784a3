"""Drawing completions from a policy, and what is measured on them.

Public: import the names below from this package. A draw depends on seed, step, prompt and the
sample's number alone, so whatever else is in its batch changes nothing.

    >>> import torch
    >>> from alignment_core.sampling import kl_estimates, next_tokens
    >>> logits = torch.tensor([[0.0, 2.0, 1.0]])
    >>> next_tokens(logits, torch.tensor([0.5]), temperature=0.0, top_p=1.0)  # the likeliest
    tensor([1])
    >>> log_probs = torch.tensor([-1.0, -0.5])  # of the tokens of one sample
    >>> kl_estimates(log_probs, log_probs, n_sequences=1)
    KLEstimates(k1=0.0, k3=0.0)
"""

from typing import TYPE_CHECKING

from alignment_core.lazy import lazily

__all__ = [
    "KLEstimates",
    "Prompt",
    "Sample",
    "SequenceKL",
    "draws_of_sample",
    "kl_estimates",
    "next_tokens",
    "on_policy_kl",
    "sample_completions",
    "sequence_kl",
]

if TYPE_CHECKING:
    from alignment_core.sampling.draws import draws_of_sample, next_tokens
    from alignment_core.sampling.generation import Prompt, Sample, sample_completions
    from alignment_core.sampling.kl import (
        KLEstimates,
        SequenceKL,
        kl_estimates,
        on_policy_kl,
        sequence_kl,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "alignment_core.sampling.draws": "draws_of_sample next_tokens",
            "alignment_core.sampling.generation": "Prompt Sample sample_completions",
            "alignment_core.sampling.kl": (
                "KLEstimates SequenceKL kl_estimates on_policy_kl sequence_kl"
            ),
        },
    )
