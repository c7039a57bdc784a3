"""Sampling a rollout: prompts in, groups of answers with their rewards out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.errors import RecordRefused, TrainingFailed
from alignment_core.models.sharding import is_sharded
from alignment_core.processes.ranks import deal, from_main, gather_over_ranks, world
from alignment_core.rewards.rules import Answered, answer_of_tags
from alignment_core.rewards.scoring import Scorer, Scores
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.sampling.rollout import Rollout
from alignment_core.sampling.row_reading import ReadingChoice

Samples = list[tuple[list[int], Answered]]  # of one prompt: ids, and what rewards are given


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a policy is sampled, whatever the prompts."""

    policy: PreTrainedModel
    encoder: ChatEncoder
    scorer: Scorer
    reading: ReadingChoice  # how the policy is read
    check: Callable[[], None]  # called between batches; may raise to end the sampling
    on_progress: Callable[[int, int], None]  # samples of this process that are done, and of all
    keeps_log_probs: bool = False  # as the sampler reads them

    def rollout(
        self, split: PreparedRecords, prompts: Sequence[int], *, settings: SampleConfig, step: int
    ) -> Rollout:
        """Sample and reward prompts of a split; each process does its part and gets the whole.

        Args:
            prompts: their numbers in the split, none twice.
            step: of training; the draws depend on it.
        """
        rank, n_processes = world()
        in_step = is_sharded(self.policy)  # then all of them must pass through it together
        mine = list(prompts)
        if not in_step:
            mine = deal(prompts, split.lengths, n_hands=n_processes)[rank]
        sampled = self._sample(split, mine, settings, step)
        rewards = _rewards(sampled, self.scorer)
        if in_step:
            rewards = from_main(rewards)  # one's own function may not answer alike twice
        else:
            for other_samples, other_rewards in gather_over_ranks((sampled, rewards)):
                sampled, rewards = sampled | other_samples, rewards | other_rewards
        return Rollout(
            examples=[
                TokenizedExample(
                    split.records[prompt].id,
                    split.examples[prompt].prompt_ids,
                    tuple(ids for ids, _ in sampled[prompt]),
                )
                for prompt in prompts
            ],
            answers=[[answered for _, answered in sampled[prompt]] for prompt in prompts],
            scores=Scores(
                torch.stack([rewards[prompt].total for prompt in prompts]),
                {
                    name: torch.stack([rewards[prompt].by_reward[name] for prompt in prompts])
                    for name in rewards[prompts[0]].by_reward
                },
            ),
        )

    def _sample(
        self, split: PreparedRecords, prompts: Sequence[int], settings: SampleConfig, step: int
    ) -> dict[int, Samples]:
        numbers = {split.records[prompt].id: prompt for prompt in prompts}
        sampled: dict[int, Samples] = {prompt: [] for prompt in prompts}
        n_samples = len(prompts) * settings.n_samples
        samples = sample_completions(
            self.policy,
            self.encoder,
            [
                Prompt(
                    id=name,
                    messages=split.records[prompt].prompt,
                    ids=split.examples[prompt].prompt_ids,
                )
                for name, prompt in numbers.items()
            ],
            settings,
            check=self.check,
            on_too_long=ignore_prompt,
            step=step,
            reading=self.reading,
            with_log_probs=self.keeps_log_probs,
            on_progress=lambda n_done: self.on_progress(int(n_done), n_samples),
        )
        for sample in sorted(samples, key=lambda sample: sample.index):
            prompt = numbers[sample.prompt_id]
            answered = Answered(
                prompt=split.records[prompt].prompt,
                text=sample.text,
                n_tokens=len(sample.completion_ids),
                finished=sample.finished,
                answer=answer_of_tags(split.records[prompt].tags),
                log_probs=sample.log_probs,
            )
            sampled[prompt].append((sample.completion_ids, answered))
        return sampled


def _rewards(sampled: dict[int, Samples], scorer: Scorer) -> dict[int, Scores]:
    """The rewards of each prompt's samples, each of shape (samples,)."""
    if not sampled:
        return {}
    groups = [[answered for _, answered in samples] for samples in sampled.values()]
    try:
        scores = scorer.score(groups)
    except RecordRefused as error:  # no record, but an answer, and there is no other to take
        raise TrainingFailed(f"a reward model cannot read an answer: {error.message}") from error
    return {
        prompt: Scores(
            scores.total[row], {name: values[row] for name, values in scores.by_reward.items()}
        )
        for row, prompt in enumerate(sampled)
    }
