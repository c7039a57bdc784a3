"""Sampling a rollout: prompts in, groups of answers with their rewards out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.preparation import PreparedRecords
from alignment_core.ranks import deal, gather_over_ranks, world
from alignment_core.rewards.rules import Answered, answer_of_tags
from alignment_core.rewards.scoring import Scorer
from alignment_core.rollouts import Rollout
from alignment_core.sharding import is_sharded
from alignment_core.tokenization import ChatEncoder, TokenizedExample

Samples = list[tuple[list[int], Answered]]  # of one prompt: ids, and what rewards are given


def sample_rollout(
    policy: PreTrainedModel,
    encoder: ChatEncoder,
    scorer: Scorer,
    split: PreparedRecords,
    prompts: Sequence[int],
    *,
    settings: SampleConfig,
    step: int,
    check: Callable[[], None],
    rows_at_once: int,
) -> Rollout:
    """Sample and reward some prompts of a split; each process does its part and gets the whole.

    Args:
        prompts: their numbers in the split, none twice.
        step: of training; the draws depend on it.
        check: called between batches; may raise to end the sampling.
        rows_at_once: samples in a batch.
    """
    rank, n_processes = world()
    in_step = is_sharded(policy)  # then all of them must pass through it together
    mine = list(prompts)
    if not in_step:
        mine = deal(prompts, split.lengths, n_hands=n_processes)[rank]
    numbers = {split.records[prompt].id: prompt for prompt in mine}
    sampled: dict[int, Samples] = {prompt: [] for prompt in mine}
    samples = sample_completions(
        policy,
        encoder,
        [
            Prompt(
                id=split.records[prompt].id,
                messages=split.records[prompt].prompt,
                ids=split.examples[prompt].prompt_ids,
            )
            for prompt in mine
        ],
        settings,
        check=check,
        on_too_long=ignore_prompt,
        step=step,
        rows_at_once=rows_at_once,
    )
    for sample in sorted(samples, key=lambda sample: sample.index):
        prompt = numbers[sample.prompt_id]
        answered = Answered(
            prompt=split.records[prompt].prompt,
            text=sample.text,
            n_tokens=len(sample.completion_ids),
            finished=sample.finished,
            answer=answer_of_tags(split.records[prompt].tags),
        )
        sampled[prompt].append((sample.completion_ids, answered))
    if not in_step:
        for others in gather_over_ranks(sampled):
            sampled = sampled | others
    answers = [[answered for _, answered in sampled[prompt]] for prompt in prompts]
    return Rollout(
        examples=[
            TokenizedExample(
                split.records[prompt].id,
                split.examples[prompt].prompt_ids,
                tuple(ids for ids, _ in sampled[prompt]),
            )
            for prompt in prompts
        ],
        answers=answers,
        scores=scorer.score(answers),
    )
