"""How far a policy has moved from its reference, measured on what it says itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.forward.forward import Forward
from alignment_core.models.half_weights import dtype_of_passes
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.sampling.row_reading import ReadingChoice

# Only keeps exp of a float64 finite. A bound that tells would take away the rare large terms that
# make k3's mean the KL: what is reported must not look smaller because the policy has gone far.
LARGEST_LOG_RATIO = 700.0


class KLEstimates(NamedTuple):
    """Estimates of KL(policy ‖ reference) in nats a sequence."""

    k1: float  # mean of the log-ratio: unbiased, may be below 0 by chance
    k3: float  # mean of exp(-Δ) - 1 + Δ summed over tokens: at least 0


def kl_estimates(policy: Tensor, reference: Tensor, *, n_sequences: int) -> KLEstimates:
    """KL from token log-probs of the policy's own samples; log-ratios on other text are not KL.

    Args:
        policy, reference: log-prob of every sampled token, in nats, shape (tokens,).
        n_sequences: that the tokens are of; above 0.
    Returns: nats a sequence.
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
def sample_log_probs(
    forward: Forward,
    examples: Sequence[TokenizedExample],
    *,
    token_budget: int,
    check: Callable[[], None],
) -> list[Tensor]:
    """Log-prob of every token of each example's completion, in nats, on the CPU.

    Args:
        examples: one sampled completion each.
        token_budget: tokens, padding included, that go through the model at once.
        check: called between batches; may raise to end it.
    """
    log_probs = [torch.empty(0)] * len(examples)
    for group in micro_batches(
        range(len(examples)),
        [example.n_tokens for example in examples],
        rows_per_example=1,
        token_budget=token_budget,
    ):
        check()
        tokens = forward.completion_tokens([examples[index] for index in group]).log_prob.cpu()
        lengths = [len(examples[index].completions[0]) for index in group]
        for index, of_one in zip(group, torch.split(tokens, lengths), strict=True):
            log_probs[index] = of_one
    return log_probs


def sequence_kl(policy: Sequence[Tensor], reference: Sequence[Tensor]) -> SequenceKL:
    """k1 and k3 of every sampled sequence, summed over its tokens.

    Args:
        policy, reference: log-probs of each sample's tokens, in nats; tensors of shape (tokens,).
    Returns: nats, float64, each of shape (sequences,).
    Raises: ValueError if there are not as many of one as of the other.
    """
    estimates = [
        kl_estimates(own, other, n_sequences=1)
        for own, other in zip(policy, reference, strict=True)
    ]
    return SequenceKL(
        k1=torch.tensor([estimate.k1 for estimate in estimates], dtype=torch.float64),
        k3=torch.tensor([estimate.k3 for estimate in estimates], dtype=torch.float64),
    )


@torch.no_grad()
def on_policy_kl(
    policy: PreTrainedModel,
    reference: Callable[[], AbstractContextManager[PreTrainedModel]],
    encoder: ChatEncoder,
    prompts: Sequence[Prompt],
    *,
    settings: SampleConfig,
    check: Callable[[], None],
    token_budget: int = 2048,
    reading: ReadingChoice | None = None,
    forward: Callable[[PreTrainedModel], Forward] | None = None,
) -> KLEstimates | None:
    """Sample the policy and compare it with the reference; None where nothing could be sampled.

    Args:
        policy: the language model. encoder: of its tokenizer. prompts: what it answers.
        reference: entered once there are samples, so the reference need not stay in memory.
        settings: temperature and top_p must be 1, or the samples are not the policy's own.
        check: called between batches; may raise to end it.
        token_budget: tokens, padding included, that go through a model at once.
        reading, forward: how a policy is sampled, and how sequences go through a model; None finds
            out what is fastest and right.
    Returns: means over the samples, in nats a sequence.
    Raises: ValueError if temperature or top_p is not 1.
    """
    if settings.temperature != 1 or settings.top_p != 1:
        raise ValueError("KL is measured at temperature 1 and top_p 1")
    samples = sample_completions(
        policy,
        encoder,
        prompts,
        settings,
        check=check,
        on_too_long=ignore_prompt,
        reading=reading,
    )
    examples = [
        TokenizedExample(sample.prompt_id, sample.prompt_ids, (sample.completion_ids,))
        for sample in samples
    ]
    if not examples:
        return None
    through = forward or (lambda module: Forward(module, dtype=dtype_of_passes(module)))
    of_policy = sample_log_probs(
        through(policy),
        examples,
        token_budget=token_budget,
        check=check,
    )
    with reference() as module:
        of_reference = sample_log_probs(
            through(module),
            examples,
            token_budget=token_budget,
            check=check,
        )
    estimates = sequence_kl(of_policy, of_reference)
    return KLEstimates(k1=float(estimates.k1.mean()), k3=float(estimates.k3.mean()))
