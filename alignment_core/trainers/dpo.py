"""Direct Preference Optimization (Rafailov et al. 2023, arXiv:2305.18290).

The reward that a policy implies is r = β (log π - log π_ref) of the whole completion. The loss is
the negative log-likelihood of the preference under σ(r_chosen - r_rejected), averaged over the
pairs of an optimizer step. The reference is the exact start checkpoint; its log-probs are computed
once, and a gate refuses to train if they are not those of the untrained policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from alignment_core.batches import step_examples
from alignment_core.configs import DPOConfig, SampleConfig
from alignment_core.evaluation import HeldOutResult, stack_margins
from alignment_core.generation import Prompt
from alignment_core.kl import on_policy_kl
from alignment_core.log_probs import CompletionScores
from alignment_core.losses.preference import dpo_loss, dpo_margin
from alignment_core.metrics import Totals, wins
from alignment_core.preparation import PreparedRecords
from alignment_core.reference import check_reference, reference_log_probs
from alignment_core.trainers.modules import policy_to_train, reference_of
from alignment_core.trainers.objective import TrainingContext

SIDES = ("chosen", "rejected")
N_GATE_PAIRS = 16


class DPOObjective:
    """What the loop needs to train a policy against a reference."""

    def __init__(self, context: TrainingContext[DPOConfig]) -> None:
        self.context = context
        self.module = policy_to_train(context)
        self.forward = context.forward(self.module)
        # A fresh run's policy still is the reference, so no second copy is loaded.
        with context.directory.phase("reference"):
            self.reference = reference_log_probs(context, lambda: self.module)
        if context.resume is None:
            self._gate()

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """Nothing belongs to the whole step."""

    def curriculum(self) -> list[int] | None:
        """The order is random."""
        return None

    def divisor(self, indices: Sequence[int]) -> float:
        """Pairs of the step."""
        return len(indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The loss summed over these pairs."""
        return self._loss("train", self.context.train, indices, totals)[0]

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """The same figures on held-out pairs, and the distance from the reference."""
        held_out = self.context.held_out
        if held_out is None or len(held_out) == 0:
            return None
        totals, parts = Totals(), []
        for group in self.context.groups(held_out):
            loss, margins = self._loss("eval", held_out, group, totals)
            totals.add("loss", loss, len(group))
            parts.append((group, margins / self.context.config.beta))
        return HeldOutResult(
            metrics=totals.means() | self._distance(held_out),
            margins=stack_margins(parts, len(held_out)),
            scored_by="log-ratio to the reference",
        )

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The reference's log-probs, so that a checkpoint can be resumed by itself."""
        return self.reference.tensors

    def scored_pairs(self) -> list[dict[str, Any]] | None:
        """A policy is sampled instead."""
        return None

    @torch.no_grad()
    def _gate(self) -> None:
        """Compare policy and reference on the pairs of the first step."""
        context = self.context
        first = step_examples(
            len(context.train),
            batch_size=context.config.batch_size,
            seed=context.config.seed,
            step=0,
        )[:N_GATE_PAIRS]
        difference = max(
            check_reference(
                scores.log_prob,
                self.reference.of("train", [index], context.device),
                scores.n_tokens,
                dtype=context.config.dtype,
            )
            for index in first
            for scores in [self._scores(context.train, [index])]
        )
        n_pairs = len(context.train)
        context.directory.log(
            "reference",
            step=n_pairs,
            total_steps=n_pairs,
            values={"gate/max_difference": difference},
        )

    def _scores(self, split: PreparedRecords, indices: Sequence[int]) -> CompletionScores:
        return self.forward.completions([split.examples[index] for index in indices])

    def _loss(
        self, name: str, split: PreparedRecords, indices: Sequence[int], totals: Totals
    ) -> tuple[Tensor, Tensor]:
        """The summed loss and the margins, shape (pairs,)."""
        config = self.context.config
        scores = self._scores(split, indices)
        policy = scores.sides()
        reference = self.reference.of(name, indices, self.context.device)
        targets = self.context.targets(split, indices)
        losses = dpo_loss(
            policy,
            reference,
            beta=config.beta,
            label_smoothing=config.label_smoothing,
            p_chosen=targets,
        )
        margins = dpo_margin(policy, reference, beta=config.beta).detach()
        totals.add_each("rewards/chosen", config.beta * (policy.chosen - reference.chosen))
        totals.add_each("rewards/rejected", config.beta * (policy.rejected - reference.rejected))
        totals.add_each("rewards/accuracies", wins(margins[targets != 0.5] / config.beta))
        totals.add_each("rewards/margins", margins)
        totals.add_each("logps/chosen", policy.chosen)
        totals.add_each("logps/rejected", policy.rejected)
        logits_chosen, logits_rejected = scores.mean_logit.chunk(2)
        totals.add_each("logits/chosen", logits_chosen)
        totals.add_each("logits/rejected", logits_rejected)
        n_tokens = float(scores.n_tokens.sum())
        totals.add("mean_token_accuracy", scores.n_correct.sum(), n_tokens)
        return losses.sum(), margins

    def _distance(self, held_out: PreparedRecords) -> dict[str, float]:
        """KL from the reference on samples for a few held-out prompts."""
        context, config = self.context, self.context.config
        prompts = [
            Prompt(id=record.id, messages=record.prompt)
            for record in held_out.records[: config.n_sample_prompts]
        ]
        settings = SampleConfig(n_samples=1, max_new_tokens=config.sample_tokens, seed=config.seed)
        estimates = on_policy_kl(
            self.module,
            lambda: reference_of(self.module, context),
            context.encoder,
            prompts,
            settings=settings,
            check=context.stopper.check,
        )
        if estimates is None:
            return {}
        return {"kl/on_policy_k1": estimates.k1, "kl/on_policy_k3": estimates.k3}
