"""How far a policy has moved from its reference, measured on what it says itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.batches import micro_batches
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


class SequenceKL(NamedTuple):
    """The two estimates for each sampled sequence, in nats, float64, shape (sequences,)."""

    k1: Tensor
    k3: Tensor


@torch.no_grad()
def sequence_kl(
    policy: Forward,
    load_reference: Callable[[], Forward],
    examples: Sequence[TokenizedExample],
    *,
    token_budget: int,
    check: Callable[[], None],
) -> SequenceKL:
    """k1 and k3 of every sampled sequence, summed over its tokens.

    Args:
        load_reference: called once the policy has read everything, so that a caller may free it.
        examples: one sampled completion each.
        token_budget: tokens, padding included, that go through a model at once.
    """
    groups = micro_batches(
        range(len(examples)),
        [example.n_tokens for example in examples],
        rows_per_example=1,
        token_budget=token_budget,
    )

    def token_log_probs(forward: Forward) -> list[Tensor]:
        parts = []
        for group in groups:
            check()
            parts.append(forward.completion_tokens([examples[i] for i in group]).log_prob.cpu())
        return parts

    of_policy = token_log_probs(policy)
    of_reference = token_log_probs(load_reference())
    k1, k3 = torch.zeros(2, len(examples), dtype=torch.float64)
    for group, own, other in zip(groups, of_policy, of_reference, strict=True):
        start = 0
        for index in group:
            end = start + len(examples[index].completions[0])
            estimates = kl_estimates(own[start:end], other[start:end], n_sequences=1)
            k1[index], k3[index] = estimates
            start = end
    return SequenceKL(k1, k3)


@torch.no_grad()
def on_policy_kl(
    policy: PreTrainedModel,
    load_reference: Callable[[], PreTrainedModel],
    encoder: ChatEncoder,
    prompts: Sequence[Prompt],
    *,
    settings: SampleConfig,
    check: Callable[[], None],
    token_budget: int = 2048,
) -> KLEstimates | None:
    """Sample the policy and compare it with the reference; None where nothing could be sampled.

    Args:
        load_reference: called once there are samples, so the reference need not stay in memory.
        settings: temperature and top_p must be 1, or the samples are not the policy's own.
        token_budget: tokens, padding included, that go through a model at once.
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
    estimates = sequence_kl(
        Forward(policy),
        lambda: Forward(load_reference()),
        examples,
        token_budget=token_budget,
        check=check,
    )
    return KLEstimates(k1=float(estimates.k1.mean()), k3=float(estimates.k3.mean()))
