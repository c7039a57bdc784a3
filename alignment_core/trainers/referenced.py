"""What the methods have in common that hold a policy to a reference.

The reference is the exact start checkpoint; its log-probs are computed once, and a gate refuses to
train if they are not those of the untrained policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from alignment_core.configs import SampleConfig, TrainingConfig
from alignment_core.data.micro_batches import step_examples
from alignment_core.data.preparation import PreparedRecords
from alignment_core.errors import ReferenceMismatch
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.models.half_weights import dtype_of_passes
from alignment_core.sampling.generation import Prompt
from alignment_core.sampling.kl import on_policy_kl
from alignment_core.trainers.modules import reference_of
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pairs import PairPolicy, Split
from alignment_core.trainers.reference import (
    ReferenceLogProbs,
    check_reference,
    forget_reference,
    reference_log_probs,
)

Config = TypeVar("Config", bound=TrainingConfig)

N_GATE_PAIRS = 16


class ReferencedPairPolicy(PairPolicy[Config]):
    """A policy on pairs, with the log-probs of its reference."""

    scored_by = "log-ratio to the reference"

    def __init__(self, context: TrainingContext[Config]) -> None:
        super().__init__(context)
        self._reference: ReferenceLogProbs | None = None

    @property
    def tail_weight(self) -> float:
        """What tokens beyond the length of a pair's shorter completion count."""
        return 1.0

    def others(self) -> Mapping[str, PreparedRecords]:
        """Further splits of which the reference's log-probs are wanted, by name."""
        return {}

    def prepare(self) -> None:
        """Find or compute the reference's log-probs; a fresh run passes the gate or ends here.

        Raises: ReferenceMismatch.
        """
        context = self.context
        # A fresh run's policy still is the reference, so no second copy is loaded.
        with context.directory.phase("reference"):
            self._reference = reference_log_probs(
                context, lambda: self.module, others=self.others(), tail_weight=self.tail_weight
            )
        if context.resume is None:
            self._gate()

    @property
    def reference(self) -> ReferenceLogProbs:
        """The reference's log-probs. Raises: RuntimeError before `prepare`."""
        if self._reference is None:
            raise RuntimeError("prepare() must come first: it computes the reference's log-probs")
        return self._reference

    def log_probs(self, scores: CompletionScores) -> Tensor:
        """Log-prob of each row as this method counts its tokens, in nats, shape (rows,)."""
        return length_desensitized_log_probs(
            scores.log_prob, scores.shared_log_prob, alpha=self.tail_weight
        )

    def reference_of(self, split: Split, indices: Sequence[int]) -> PairLogProbs:
        """The reference's log-probs of these pairs, in nats, shape (pairs,)."""
        return self.reference.of(split.name, indices, self.context.device)

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The reference's log-probs, so that a checkpoint can be resumed by itself."""
        return self.reference.tensors

    def distance(self, held_out: PreparedRecords) -> dict[str, float]:
        """KL from the reference on samples for a few held-out prompts."""
        context, config = self.context, self.context.config
        prompts = [
            Prompt(id=record.id, messages=record.prompt)
            for record in held_out.records[: config.n_sample_prompts]
        ]
        if not prompts:
            return {}
        settings = SampleConfig(n_samples=1, max_new_tokens=config.sample_tokens, seed=config.seed)
        estimates = on_policy_kl(
            self.module,
            lambda: reference_of(self.module, context),
            context.encoder,
            prompts,
            settings=settings,
            check=context.stopper.check,
            reading=context.reading(self.module),
            forward=lambda module: context.forward(module, dtype=dtype_of_passes(module)),
        )
        if estimates is None:
            return {}
        return {"kl/on_policy_k1": estimates.k1, "kl/on_policy_k3": estimates.k3}

    @torch.no_grad()
    def _gate(self) -> None:
        """Compare policy and reference on some pairs, and on some of each split that was found.

        Raises: ReferenceMismatch; what other runs share is forgotten then.
        """
        context, reference = self.context, self.reference
        splits = {self.train.name: self.train.records, **reference.found}
        try:
            difference = max(self._difference(name, split) for name, split in splits.items())
        except ReferenceMismatch:
            forget_reference(context, reference, tail_weight=self.tail_weight)
            raise
        n_pairs = len(context.train)
        sources = list(context.reference_plan["from"].values())
        context.directory.log(
            "reference",
            step=n_pairs,
            total_steps=n_pairs,
            values={
                "gate/max_difference": difference,
                "reference/from_cache": sources.count("cache") / len(sources),
            },
        )

    def _difference(self, name: str, split: PreparedRecords) -> float:
        """The largest of some examples, in nats a token. Raises: ReferenceMismatch."""
        config = self.context.config
        some = step_examples(len(split), batch_size=config.batch_size, seed=config.seed, step=0)
        return max(
            check_reference(
                self.log_probs(scores),
                self.reference.sides(name, [index], self.context.device)[: len(scores.log_prob)],
                scores.n_tokens,
                dtype=config.dtype,
            )
            for index in some[:N_GATE_PAIRS]
            for scores in [self.forward.completions([split.examples[index]])]
        )
