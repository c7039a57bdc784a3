"""What a policy sampled in one step, and what is known of every sample and token of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from alignment_core.data.collation import rows_of
from alignment_core.data.micro_batches import micro_batches, step_examples
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.processes.ranks import deal, gather_over_ranks, world
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scores


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Groups of samples: one example for each prompt, with as many completions for each.

    Prompts count from 0 within the rollout. Every process holds the whole of it.
    """

    examples: list[TokenizedExample]
    answers: list[list[Answered]]
    scores: Scores  # as the rewards gave them

    @cached_property
    def n_tokens(self) -> Tensor:
        """Tokens of each sample, end of turn included; int64, shape (prompts, samples)."""
        return torch.tensor([[len(ids) for ids in one.completions] for one in self.examples])

    @cached_property
    def finished(self) -> Tensor:
        """Whether each sample came to its end of turn; bool, shape (prompts, samples)."""
        return torch.tensor([[one.finished for one in group] for group in self.answers])

    @property
    def n_samples(self) -> int:
        """Samples over all prompts."""
        return self.n_tokens.numel()

    def rows(self, prompts: Sequence[int]) -> list[tuple[int, int]]:
        """(prompt, sample) of each row, in the order in which rows go through a model."""
        chosen = [self.examples[prompt] for prompt in prompts]
        return [(prompts[number], side) for number, side in rows_of(chosen)]

    def per_row(self, values: Tensor, prompts: Sequence[int]) -> Tensor:
        """Values of shape (prompts, samples) as one for each row."""
        places = torch.tensor(self.rows(prompts))
        return values[places[:, 0], places[:, 1]]

    def count_tokens(self, prompts: Sequence[int]) -> float:
        """Sampled tokens of these prompts."""
        return float(self.n_tokens[list(prompts)].sum())

    def minibatches(self, n_minibatches: int, *, seed: tuple[int, ...]) -> Iterator[list[int]]:
        """One pass over the prompts at random, dealt among so many updates, or fewer if few."""
        order = np.random.default_rng(seed).permutation(len(self.examples))
        for part in np.array_split(order, n_minibatches):
            if len(part) > 0:
                yield part.tolist()

    def joined(self, other: Rollout) -> Rollout:
        """This rollout's prompts, then the other's."""
        return Rollout(
            examples=self.examples + other.examples,
            answers=self.answers + other.answers,
            scores=Scores(
                torch.cat([self.scores.total, other.scores.total]),
                {
                    name: torch.cat([values, other.scores.by_reward[name]])
                    for name, values in self.scores.by_reward.items()
                },
            ),
        )

    def only(self, prompts: Sequence[int]) -> Rollout:
        """Some of the prompts, in the order given."""
        places = list(prompts)
        return Rollout(
            examples=[self.examples[prompt] for prompt in places],
            answers=[self.answers[prompt] for prompt in places],
            scores=Scores(
                self.scores.total[places],
                {name: values[places] for name, values in self.scores.by_reward.items()},
            ),
        )


class TokenValues:
    """A number for every sampled token of a rollout, kept on the processor by sample."""

    def __init__(self, by_sample: dict[tuple[int, int], Tensor]) -> None:
        self.by_sample = by_sample  # (prompt, sample) to a tensor of shape (tokens,)

    def of_rows(self, rows: Sequence[tuple[int, int]], device: torch.device) -> Tensor:
        """Flat over the tokens of these rows, row after row."""
        return torch.cat([self.by_sample[row] for row in rows]).to(device)

    def map(self, function: Callable[[Tensor], Tensor]) -> TokenValues:
        """Another value for each token, found over all tokens at once; the shape stays."""
        lengths = [len(values) for values in self.by_sample.values()]
        parts = torch.split(function(torch.cat(list(self.by_sample.values()))), lengths)
        return TokenValues(dict(zip(self.by_sample, parts, strict=True)))

    def flat(self) -> Tensor:
        """All tokens, by prompt and sample."""
        return torch.cat([self.by_sample[row] for row in sorted(self.by_sample)])


def prompts_of_step(
    n_prompts: int, *, batch_size: int, seed: int, step: int
) -> tuple[list[int], list[int]]:
    """Every prompt once: those whose turn it is in this step, and the others at random.

    A pure function of the step, so that sampling goes on from a checkpoint without a position.
    """
    first = step_examples(n_prompts, batch_size=batch_size, seed=seed, step=step)
    others = np.setdiff1d(np.arange(n_prompts), first)
    return first, np.random.default_rng((seed, step, 1)).permutation(others).tolist()


@torch.no_grad()
def measure_tokens(
    rollout: Rollout,
    measure: Callable[[Sequence[TokenizedExample]], Tensor],
    *,
    token_budget: int,
    check: Callable[[], None],
    is_packed: bool,
    in_step: bool,
) -> TokenValues:
    """Something of every sampled token, such as its log-prob; each process does its part.

    Args:
        measure: gives a value for each completion token, row after row.
        token_budget: tokens, padding included, that go through the model at once.
        check: called between batches; may raise to end it.
        is_packed: whether the model takes rows without padding.
        in_step: every process does all of it, as processes that share their weights must.
    """
    lengths = [example.n_tokens for example in rollout.examples]
    prompts = range(len(rollout.examples))
    rank, n_processes = world()
    mine = list(prompts) if in_step else deal(prompts, lengths, n_hands=n_processes)[rank]
    by_sample: dict[tuple[int, int], Tensor] = {}
    for group in micro_batches(
        mine,
        lengths,
        rows_per_example=rollout.n_tokens.shape[1],
        token_budget=token_budget,
        packed_lengths=[one.n_packed_tokens for one in rollout.examples] if is_packed else None,
    ):
        check()
        values = measure([rollout.examples[prompt] for prompt in group]).cpu()
        rows = rollout.rows(group)
        sizes = [int(rollout.n_tokens[row]) for row in rows]
        by_sample.update(zip(rows, torch.split(values, sizes), strict=True))
    if not in_step:
        for others in gather_over_ranks(by_sample):
            by_sample = by_sample | others
    return TokenValues({row: by_sample[row] for row in sorted(by_sample)})
