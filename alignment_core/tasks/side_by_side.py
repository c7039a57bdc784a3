"""A trained policy next to its base, on the same prompts and the same draws."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.trainers.modules import reference_of
from alignment_core.trainers.objective import TrainingContext


def sampled_side_by_side(
    policy: PreTrainedModel, context: TrainingContext[Any]
) -> list[dict[str, Any]]:
    """One sample of each for a few prompts, held out where there are any."""
    config = context.config
    if config.n_sample_prompts == 0:
        return []
    split = context.held_out if context.held_out else context.train
    records = {str(record.prompt): record for record in reversed(split.records)}
    prompts = [
        Prompt(id=record.id, messages=record.prompt)
        for record in sorted(records.values(), key=lambda record: record.id)
    ][: config.n_sample_prompts]
    settings = SampleConfig(n_samples=1, max_new_tokens=config.sample_tokens, seed=config.seed)
    texts: dict[str, dict[str, str]] = {prompt.id: {} for prompt in prompts}
    for source, opened in (
        ("checkpoint", nullcontext(policy)),
        ("base", reference_of(policy, context)),
    ):
        with opened as module:
            for sample in sample_completions(
                module,
                context.encoder,
                prompts,
                settings,
                check=context.stopper.check,
                on_too_long=ignore_prompt,
                reading=context.reading(module),
            ):
                texts[sample.prompt_id][source] = sample.text
    return [
        {"prompt": list(prompt.messages), **texts[prompt.id]}
        for prompt in prompts
        if len(texts[prompt.id]) == 2
    ]
