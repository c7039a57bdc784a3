"""Best-of-n sampling: several candidates for every sample, of which the best by reward is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from alignment_core.configs import SampleConfig
from alignment_core.configs.sampling import BestOfConfig
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import RecordRefused
from alignment_core.forward.forward import Forward
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scorer
from alignment_core.runs.plan import choose_device
from alignment_core.sampling.generation import Prompt, Sample

TOKEN_BUDGET = 2048


class Kept(NamedTuple):
    """A sample, with its reward where it was chosen by one."""

    sample: Sample
    reward: float | None


def with_candidates(config: SampleConfig, best_of: BestOfConfig | None) -> SampleConfig:
    """The settings that sample every candidate. Raises: ConfigError if they are too many."""
    if best_of is None:
        return config
    return dataclasses.replace(config, n_samples=config.n_samples * best_of.n_candidates)


def scorer_of(best_of: BestOfConfig, encoder: ChatEncoder) -> Scorer:
    """What judges the candidates, which are written as `encoder` writes them.

    Raises: Refused if a reward cannot be used.
    """
    return Scorer(
        best_of.rewards,
        device=choose_device("auto"),
        forward=lambda reward_model, made_of: Forward(reward_model, made_of=made_of),
        token_budget=TOKEN_BUDGET,
        day=encoder.day,
        folds_system=encoder.folds_system,
        longest=1,  # prompts are not encoded yet; one that is too long is refused when it comes
    )


def keep_best(
    samples: Iterable[Sample],
    prompts: Sequence[Prompt],
    scorer: Scorer,
    *,
    n_candidates: int,
    on_refused: Callable[[Prompt, str], None] = lambda _prompt, _reason: None,
) -> Iterator[Kept]:
    """The best of each run of `n_candidates` samples of a prompt, numbered from 0 again.

    Args:
        samples: in any order, as many of each prompt; of a tie the first is kept.
        on_refused: told of each prompt that a reward model's template does not take.
    """
    by_prompt: dict[str, list[Sample]] = {}
    for sample in samples:
        by_prompt.setdefault(sample.prompt_id, []).append(sample)
    for prompt in prompts:
        candidates = sorted(by_prompt.get(prompt.id, []), key=lambda sample: sample.index)
        for start in range(0, len(candidates), n_candidates):
            group = candidates[start : start + n_candidates]
            try:
                rewards = scorer.score([[_answered(prompt, sample) for sample in group]]).total[0]
            except RecordRefused:
                on_refused(prompt, "reward_model_refuses")
                break
            best = int(rewards.argmax())
            kept = dataclasses.replace(group[best], index=start // n_candidates)
            yield Kept(kept, float(rewards[best]))


def _answered(prompt: Prompt, sample: Sample) -> Answered:
    return Answered(
        prompt=prompt.messages,
        text=sample.text,
        n_tokens=len(sample.completion_ids),
        finished=sample.finished,
        answer=None,
    )
