"""A reward model: score prompt and completion so that the difference predicts the preference.

The score is read at the last real token. With scores s, the probability that chosen is preferred
is σ(s_chosen - s_rejected) (Bradley & Terry 1952), or that of a model which knows ties. The loss is
the votes' negative log-likelihood, averaged over the pairs of an optimizer step.

Beside the score there can be heads that tell how sure it is, and heads of cohorts: see
`reward_heads`. With heads for uncertainty the loss is the mean of theirs, each over its own half of
the pairs counted twice; with heads of cohorts, half of a pair's loss is that of its cohorts' votes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from alignment_core.configs import RewardModelConfig
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.preparation import PreparedRecords
from alignment_core.errors import ConfigError
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals, wins
from alignment_core.losses.reward_model import centring_loss
from alignment_core.models.loading import embedded_ids
from alignment_core.models.padding import describe_padding, ensure_padding
from alignment_core.models.reward_heads import (
    RewardHeads,
    bootstrap_halves,
    dropout_spread,
    kept_by_dropout,
)
from alignment_core.runs.checkpoints import EXTRA, read_tensors
from alignment_core.trainers.cohorts import CohortVotes, cohort_votes, cohorts_of
from alignment_core.trainers.measuring import measure_records
from alignment_core.trainers.modules import reward_model_to_train
from alignment_core.trainers.objective import Companion, TrainingContext
from alignment_core.trainers.pairs import HELD_OUT, SIDES, TRAIN, PairLosses, Split
from alignment_core.trainers.votes import (
    PairTargets,
    VoteLikelihood,
    curriculum_of,
    targets_of,
    weights_of,
)

HEADS_PREFIX = "heads/"


class RewardModelObjective:
    """What the loop needs to train a reward model on pairs."""

    def __init__(self, context: TrainingContext[RewardModelConfig]) -> None:
        self.context, config = context, context.config
        self.likelihood = VoteLikelihood(config, context.train)
        self.weights = weights_of(config, context.train)
        self.train, self.step = Split(TRAIN, context.train), 0
        self.module = reward_model_to_train(context)
        self.forward = context.forward(self.module)
        self.score_head = cast("nn.Linear", self.module.get_submodule("score"))
        self.heads = self._heads()
        self.halves = bootstrap_halves(len(context.train), config.n_heads, seed=config.seed)
        self._describe()

    def prepare(self) -> None:
        """All that is needed is loaded already."""

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """Remember the step, which seeds dropout."""
        self.step = step

    def curriculum(self) -> list[int] | None:
        """The order of the first epoch."""
        return curriculum_of(self.context.config, self.context.train)

    def divisor(self, indices: Sequence[int]) -> float:
        """Pairs of the step."""
        return len(indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """Negative log-likelihood summed over these pairs."""
        return self._losses(self.train, indices, totals).loss.sum()

    @property
    def companions(self) -> Mapping[str, Companion]:
        """The heads beside the score, where there are any."""
        if self.heads.is_empty:
            return {}
        return {"heads": Companion(self.heads, self.context.config.learning_rate)}

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """The same figures on held-out pairs."""
        held_out = self.context.held_out
        if held_out is None or len(held_out) == 0:
            return None
        split = Split(HELD_OUT, held_out)

        def measure(group: list[int], totals: Totals) -> Tensor:
            losses = self._losses(split, group, totals)
            totals.add("loss", losses.loss.sum(), len(group))
            return losses.margin

        totals, margins = measure_records(self.context, held_out, measure)
        return HeldOutResult(metrics=totals.means(), margins=margins, scored_by="reward")

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The heads beside the score."""
        return {HEADS_PREFIX + name: tensor for name, tensor in self.heads.tensors().items()}

    def write_beside(self, directory: Path) -> None:
        """The heads beside the score, next to the finished checkpoint."""
        if not self.heads.is_empty:
            self.heads.save(directory)

    @torch.no_grad()
    def scored_pairs(self) -> list[dict[str, Any]]:
        """A few held-out pairs with their scores, and how sure they are where that is known."""
        split, config = self.context.held_out or self.context.train, self.context.config
        pairs: dict[int, dict[str, Any]] = {}
        for group in micro_batches(
            range(min(config.n_sample_prompts, len(split))),
            split.lengths,
            rows_per_example=len(SIDES),
            token_budget=config.tokens_per_micro_batch,
        ):
            self.context.stopper.check()
            hidden = self._hidden(split, group)
            scores, spread = self._scores(hidden).tolist(), self._spread(hidden)
            for chosen, index in enumerate(group):
                record, rejected = split.records[index], len(group) + chosen
                pairs[index] = {
                    "id": record.id,
                    "prompt": list(record.prompt),
                    "chosen": record.chosen,
                    "rejected": record.rejected,
                    "reward_chosen": scores[chosen],
                    "reward_rejected": scores[rejected],
                }
                if spread is not None:
                    pairs[index]["reward_chosen_std"] = float(spread[chosen])
                    pairs[index]["reward_rejected_std"] = float(spread[rejected])
        return [pairs[index] for index in sorted(pairs)]

    def _losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """The loss of each pair, and the margins of the score.

        On held-out pairs it is the votes' negative log-likelihood under the score and nothing else,
        so that runs with different settings can be compared.
        """
        config, is_training = self.context.config, split.name == TRAIN
        hidden = self._hidden(split.records, indices)
        if is_training and config.head_dropout > 0:
            kept = kept_by_dropout(
                indices,
                hidden.shape[1],
                n_sides=len(SIDES),
                rate=config.head_dropout,
                seed=config.seed,
                step=self.step,
            )
            hidden = hidden * kept.to(hidden)
        scores = self._scores(hidden)
        chosen, rejected = scores.chunk(2)
        targets = targets_of(split.records, indices, self.context.device)
        differences = torch.sub(*hidden.chunk(2))
        margin = chosen - rejected
        if is_training and self.heads.n_apart:
            losses = self._losses_apart(differences, margin, targets, indices)
        else:
            losses = self.likelihood.loss(margin, targets)
        if self.heads.cohorts:
            mixed = self._with_cohorts(losses, differences, margin, split, indices, totals)
            losses = mixed if is_training else losses
        if is_training and self.weights is not None:
            losses = losses * self.weights[list(indices)].to(losses)
        if is_training and self.heads.cohorts:
            losses = losses + config.cohort_shrinkage * self.heads.by_cohort.square().sum()
        if is_training and config.centring > 0:
            losses = losses + config.centring * centring_loss(chosen, rejected)
        margin = margin.detach()
        self.likelihood.measure(totals)
        totals.add_each("accuracy", wins(margin[targets.is_decided]))
        totals.add_each("margin", margin)
        totals.add_each("mean_reward", scores)
        totals.keep_lowest("min_reward", scores.detach())
        totals.keep_highest("max_reward", scores.detach())
        if not is_training and (spread := self._spread(hidden)) is not None:
            totals.add_each("reward_std", spread)
        return PairLosses(losses, margin)

    def _losses_apart(
        self, differences: Tensor, margin: Tensor, targets: PairTargets, indices: Sequence[int]
    ) -> Tensor:
        """The mean over the heads for uncertainty, each learning from its own half of the pairs."""
        halves = self.halves[list(indices)].to(margin)
        margins = margin[:, None] + self.heads.apart_from_score(differences)
        by_head = [self.likelihood.loss(column, targets) for column in margins.unbind(1)]
        return (halves * torch.stack(by_head, 1)).mean(1)

    def _with_cohorts(
        self,
        losses: Tensor,
        differences: Tensor,
        margin: Tensor,
        split: Split,
        indices: Sequence[int],
        totals: Totals,
    ) -> Tensor:
        """Half of each pair's loss is that of its cohorts' votes."""
        config = self.context.config
        votes = cohort_votes(
            split.records,
            indices,
            cohorts=self.heads.cohorts,
            vote_prior=config.vote_prior,
            device=self.context.device,
        )
        apart = self.heads.cohort_from_score(differences)[votes.rows, votes.cohorts]
        margins = margin[votes.rows] + apart
        by_vote = votes.shares.to(margin) * self.likelihood.loss(margins, votes.targets)
        # A matrix instead of index_add, whose order of summing a GPU leaves to luck.
        rows = torch.arange(len(margin), device=margin.device)
        belongs = (rows[:, None] == votes.rows).to(margin)
        has_votes = belongs.any(1)
        mixed = torch.where(has_votes, 0.5 * losses + 0.5 * (belongs @ by_vote), losses)
        self._measure_cohorts(margins.detach(), votes, totals)
        return mixed

    def _measure_cohorts(self, margins: Tensor, votes: CohortVotes, totals: Totals) -> None:
        """How often a cohort's head prefers what most of that cohort's votes do."""
        ahead = wins(margins * (2 * votes.targets.p_chosen - 1).sign())
        for number, name in enumerate(self.heads.cohorts):
            counted = (votes.cohorts == number) & votes.targets.is_decided
            totals.add_each(f"accuracy/cohort/{name}", ahead[counted])

    def _hidden(self, split: PreparedRecords, indices: Sequence[int]) -> Tensor:
        return self.forward.last_token_hidden([split.examples[index] for index in indices])

    def _scores(self, hidden: Tensor) -> Tensor:
        head = self.score_head
        # A score of half precision has steps of 1 in 256, which hide small margins.
        with torch.autocast(hidden.device.type, enabled=False):
            scores: Tensor = head(hidden.to(head.weight.dtype)).squeeze(-1)
        return scores

    def _spread(self, hidden: Tensor) -> Tensor | None:
        """Standard deviation of each score, where heads or dropout tell it, shape (rows,)."""
        rate = self.context.config.head_dropout
        if self.heads.n_apart:
            return self.heads.spread(hidden)
        if rate > 0:
            return dropout_spread(hidden, self.score_head.weight[0], rate=rate)
        return None

    def _heads(self) -> RewardHeads:
        """Fresh heads beside the score, or those of the checkpoint that is resumed."""
        context, config = self.context, self.context.config
        cohorts = cohorts_of(context.train) if config.cohort_heads else ()
        if config.cohort_heads and not cohorts:
            raise ConfigError(
                "cohort_heads", True, "cohort_heads is on, but no record has votes by cohort"
            )
        heads = RewardHeads(
            self.score_head.in_features,
            n_heads=config.n_heads,
            cohorts=cohorts,
            seed=config.seed,
        )
        if context.resume is not None:
            tensors = read_tensors(context.resume / EXTRA)
            heads.restore({name.removeprefix(HEADS_PREFIX): one for name, one in tensors.items()})
        return heads.to(context.device)

    def _describe(self) -> None:
        """Write into the model's config what others need to read its scores."""
        tokenizer, encoder = self.context.tokenizer, self.context.encoder
        n_embeddings = embedded_ids(self.module.config)
        ensure_padding(tokenizer, end_ids=encoder.end_ids, n_embeddings=n_embeddings)
        is_embedded = n_embeddings is None or tokenizer.pad_token_id < n_embeddings
        describe_padding(self.module.config, tokenizer.pad_token_id if is_embedded else None)
        self.module.config.accord = {
            "head_dropout": self.context.config.head_dropout,
            **self.likelihood.describe(),
        }
