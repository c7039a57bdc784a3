"""What an evaluation keeps of each prompt: two checkpoints are compared on the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from alignment_core.evaluation.figures import FloatArray
from alignment_core.evaluation.held_out import name_of_prompt
from alignment_core.evaluation.sections import Sampled

MOST_ANSWERS = 64  # kept as text; the figures are of all
LONGEST_ANSWER = 4000  # characters


def lengths_by_prompt(sampled: Sampled) -> dict[str, float]:
    """The mean length of what was answered, in characters: tokens differ between models."""
    return {
        name_of_prompt(sampled.prompts[name]): float(np.mean([len(one.text) for one in samples]))
        for name, samples in sampled.samples.items()
    }


def rewards_by_prompt(sampled: Sampled, rewards: FloatArray) -> dict[str, float]:
    """The mean reward of what was answered; a prompt that could not be scored is left out.

    Args: rewards: shape (prompts, samples), in the order of the samples.
    """
    return {
        name_of_prompt(sampled.prompts[name]): float(of_prompt.mean())
        for name, of_prompt in zip(sampled.samples, rewards, strict=True)
        if np.isfinite(of_prompt).all()
    }


def answers_by_prompt(sampled: Sampled) -> dict[str, dict[str, Any]]:
    """The first answer to each of some prompts, with the prompt, to be read side by side."""
    kept = {name_of_prompt(sampled.prompts[name]): name for name in sampled.samples}
    return {
        public: {
            "prompt": [dict(message) for message in sampled.prompts[kept[public]]],
            "answer": sampled.samples[kept[public]][0].text[:LONGEST_ANSWER],
        }
        for public in sorted(kept)[:MOST_ANSWERS]
    }
