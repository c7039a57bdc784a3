"""Kahneman–Tversky Optimization (Ethayarajh et al. 2024, arXiv:2402.01306).

Each completion is good or bad by itself: of a preference chosen is good and rejected bad, and where
people said that both are bad, both are; one may also stand alone. A log-ratio to the reference
counts as gain or loss against what is usual, the reference point z: the mean log-ratio of
completions put to prompts that they do not answer, at least 0. It is estimated over the whole
optimizer step, without gradient, so neither micro-batches nor processes change it, and each prompt
is put together with the completion of another record once and for all, so that the reference's side
can be computed beforehand.
Averaged over the completions of an optimizer step.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from alignment_core.configs import KTOConfig
from alignment_core.data.collation import by_example, rows_of
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import Refused
from alignment_core.evaluation.metrics import Totals, wins
from alignment_core.losses.preference import kto_loss
from alignment_core.processes.ranks import share_out
from alignment_core.trainers.measuring import margins_of
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pair_figures import add_logits
from alignment_core.trainers.pairs import SIDES, TRAIN, PairLosses, Split
from alignment_core.trainers.reference import splits_of
from alignment_core.trainers.referenced import ReferencedPairPolicy
from alignment_core.trainers.votes import targets_of

MISMATCHED = "mismatched"


class Mismatched(NamedTuple):
    """Prompts of a split with completions of other prompts."""

    examples: list[TokenizedExample]  # one completion each
    places: dict[int, int]  # where the prompt of an example of the split stands among them


class KTOObjective(ReferencedPairPolicy[KTOConfig]):
    """What the loop needs to train a policy on good and bad completions."""

    def __init__(self, context: TrainingContext[KTOConfig]) -> None:
        super().__init__(context)
        config = context.config
        self.mismatched = {
            name: mismatched_pairs(split.examples, seed=config.seed, max_length=config.max_length)
            for name, split in splits_of(context).items()
        }
        if not any(_n_bad(context.train)):
            raise Refused(
                "kto learns from good and bad completions, but none is said to be bad",
                field="train_data",
            )
        if not self.mismatched[TRAIN].examples:
            raise Refused(
                "kto compares with completions of other prompts, but no record has another prompt "
                "whose completion fits within max_length",
                field="train_data",
            )
        self.z = 0.0

    def others(self) -> Mapping[str, PreparedRecords]:
        """The reference scores the mismatched completions of each split as well."""
        return {
            f"{name}/{MISMATCHED}": dataclasses.replace(
                split, examples=self.mismatched[name].examples
            )
            for name, split in splits_of(self.context).items()
            if self.mismatched[name].examples
        }

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """Estimate the reference point from the policy as it now is."""
        mismatched = self.mismatched[split.name]
        used = [mismatched.places[index] for index in indices if index in mismatched.places]
        groups = micro_batches(
            used,
            [example.n_tokens for example in mismatched.examples],
            rows_per_example=1,
            token_budget=self.context.config.tokens_per_micro_batch,
        )
        total = sum(share_out(groups, partial(self._mismatched_log_ratio, split)))
        self.z = max(0.0, total / len(used)) if used else 0.0

    def size(self, split: Split, indices: Sequence[int]) -> float:
        """Half the completions of these, which for pairs is their number."""
        return sum(len(split.records.examples[index].completions) for index in indices) / 2

    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """Half the sum of the completions' losses of each."""
        config, device = self.context.config, self.context.device
        scores = self.scores(split, indices)
        examples = [split.records.examples[index] for index in indices]
        targets = [split.records.targets[index] for index in indices]
        numbers, sides = zip(*rows_of(examples), strict=True)
        reference = self.reference.sides(split.name, indices, device)
        log_ratio = scores.log_prob - reference[list(sides), list(numbers)]
        is_desirable = torch.tensor(
            [targets[number].is_good(side) for number, side in zip(numbers, sides, strict=True)],
            device=device,
        )
        losses = kto_loss(
            log_ratio,
            is_desirable,
            beta=config.beta,
            z=self.z,
            desirable_weight=config.desirable_weight,
            undesirable_weight=config.undesirable_weight,
        )
        margin = margins_of(log_ratio.detach(), examples)
        is_decided = targets_of(split.records, indices, device).is_decided
        totals.add("kl", self.z * len(indices), len(indices))
        totals.add_each("rewards/accuracies", wins(margin[is_decided]))
        totals.add_each("rewards/margins", config.beta * margin[is_decided])
        for side, rows in zip(SIDES, (is_desirable, ~is_desirable), strict=True):
            totals.add_each(f"rewards/{side}", config.beta * log_ratio[rows])
            totals.add_each(f"logps/{side}", scores.log_prob[rows])
            add_logits(totals, f"logits/{side}", scores.mean_logit[rows], scores.n_tokens[rows])
        n_tokens = float(scores.n_tokens[is_desirable].sum())
        totals.add("mean_token_accuracy", scores.n_correct[is_desirable].sum(), n_tokens)
        return PairLosses(by_example(losses, examples).sum(0) / 2, margin)

    @torch.no_grad()
    def _mismatched_log_ratio(self, split: Split, places: Sequence[int]) -> float:
        """The sum of log-ratios to the reference of some mismatched completions, in nats."""
        examples = self.mismatched[split.name].examples
        scores = self.forward.completions([examples[place] for place in places])
        reference = self.reference.sides(f"{split.name}/{MISMATCHED}", places, self.context.device)
        return float((scores.log_prob - reference[0]).double().sum())


def _n_bad(split: PreparedRecords) -> Iterator[int]:
    """How many completions of each example are bad."""
    for example, target in zip(split.examples, split.targets, strict=True):
        yield sum(not target.is_good(side) for side in range(len(example.completions)))


def mismatched_pairs(
    examples: Sequence[TokenizedExample], *, seed: int, max_length: int
) -> Mismatched:
    """Prompts with a completion of another prompt.

    The examples stand in a circle, in a random order that the seed fixes, and each takes from the
    next one with another prompt whose completion fits, chosen and rejected by turns. One that no
    other fits is left out.
    """
    circle = np.random.default_rng(seed).permutation(len(examples)).tolist()
    found: dict[int, TokenizedExample] = {}
    for place, index in enumerate(circle):
        prompt_ids = examples[index].prompt_ids
        for step in range(1, len(circle)):
            other = circle[(place + step) % len(circle)]
            sides = examples[other].completions
            completion = sides[place % len(sides)]
            is_other = examples[other].prompt_ids != prompt_ids
            if is_other and len(prompt_ids) + len(completion) <= max_length:
                found[index] = TokenizedExample(examples[index].id, prompt_ids, (completion,))
                break
    indices = sorted(found)
    return Mismatched(
        examples=[found[index] for index in indices],
        places={index: place for place, index in enumerate(indices)},
    )
