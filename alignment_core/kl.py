"""How far a policy has moved from its reference, measured on what it says itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.forward import Forward
from alignment_core.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.tokenization import ChatEncoder, TokenizedExample

LARGEST_LOG_RATIO = 20.0


class KLEstimates(NamedTuple):
    """Estimates of KL(policy ‖ reference) in nats a sequence."""

    k1: float  # mean of the log-ratio: unbiased, may be below 0 by chance
    k3: float  # mean of exp(-Δ) - 1 + Δ summed over tokens: at least 0


def kl_estimates(policy: Tensor, reference: Tensor, *, n_sequences: int) -> KLEstimates:
    """KL from token log-probs of the policy's own samples; log-ratios on other text are not KL.

    Args:
        policy, reference: log-prob of every sampled token, in nats, shape (tokens,).
    Source: Schulman 2020, "Approximating KL divergence".
    """
    log_ratio = (policy - reference).double().clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
    k3 = torch.expm1(-log_ratio) + log_ratio
    return KLEstimates(k1=float(log_ratio.sum()) / n_sequences, k3=float(k3.sum()) / n_sequences)


@torch.no_grad()
def on_policy_kl(
    policy: PreTrainedModel,
    load_reference: Callable[[], PreTrainedModel],
    encoder: ChatEncoder,
    prompts: Sequence[Prompt],
    *,
    settings: SampleConfig,
    check: Callable[[], None],
) -> KLEstimates | None:
    """Sample the policy and compare it with the reference; None where nothing could be sampled.

    Args:
        load_reference: called once there are samples, so the reference need not stay in memory.
        settings: temperature and top_p must be 1, or the samples are not the policy's own.
    """
    if settings.temperature != 1 or settings.top_p != 1:
        raise ValueError("KL is measured at temperature 1 and top_p 1")
    samples = sample_completions(
        policy, encoder, prompts, settings, check=check, on_too_long=ignore_prompt
    )
    examples = [
        TokenizedExample(sample.prompt_id, sample.prompt_ids, (sample.completion_ids,))
        for sample in samples
    ]
    if not examples:
        return None
    return kl_estimates(
        Forward(policy).completion_tokens(examples).log_prob,
        Forward(load_reference()).completion_tokens(examples).log_prob,
        n_sequences=len(examples),
    )
