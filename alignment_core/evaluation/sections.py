"""The sections of an evaluation, from what the models said to plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.data.records import PreferenceRecord
from alignment_core.data.trimming import Messages
from alignment_core.evaluation.best_of_n import best_of_n_curve
from alignment_core.evaluation.calibration import NO_TIES, TieModel, calibration_report
from alignment_core.evaluation.figures import FloatArray, mean_figure, ratio_figure
from alignment_core.evaluation.held_out import baselines
from alignment_core.evaluation.length_bias import prefers_longer, reward_against_length
from alignment_core.evaluation.metrics import undefined
from alignment_core.evaluation.model_scores import PairLogProbs
from alignment_core.evaluation.perplexity import text_report
from alignment_core.evaluation.slices import accuracy_slices, ties_report
from alignment_core.evaluation.win_rate import Duel, Judge, judge_both_orders, win_rate_report
from alignment_core.sampling.generation import Sample
from alignment_core.sampling.kl import SequenceKL

Records = Sequence[PreferenceRecord]
NO_REWARD_MODEL = "no reward model was given"
NOT_SAMPLED = "nothing was sampled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampled:
    """What a policy answered to some prompts, the same number of times each."""

    prompts: Mapping[str, Messages]  # by id
    samples: Mapping[str, Sequence[Sample]]  # by prompt id, in the order of their index

    @property
    def in_order(self) -> list[Sample]:
        """All samples, those of one prompt together."""
        return [sample for samples in self.samples.values() for sample in samples]

    def groups(self) -> list[tuple[Messages, list[str]]]:
        """Each prompt with its texts, as a reward model scores them."""
        return [
            (self.prompts[name], [sample.text for sample in samples])
            for name, samples in self.samples.items()
        ]


def pairs_section(margins: FloatArray, records: Records, *, scored_by: str) -> dict[str, Any]:
    """Accuracy and its parts, ties, and what people and length reach."""
    n_unscored = int(np.isnan(margins).sum())
    if n_unscored:
        return undefined(f"{n_unscored} of {len(records)} pairs have no number as their margin")
    return {
        "scored_by": scored_by,
        "n_records": len(records),
        **accuracy_slices(margins, records),
        "ties": ties_report(margins, records),
        "human_agreement": baselines(records)["human_agreement"],
    }


def reward_section(
    rewards: FloatArray, records: Records, ties: TieModel = NO_TIES
) -> dict[str, Any]:
    """Calibration of a reward model, and whether it pays for length, on the data.

    Args:
        rewards: of chosen and rejected, shape (2, records).
        ties: how the reward model explains ties.
    """
    if not np.isfinite(rewards).all():
        return undefined("some rewards are no numbers")
    margins = rewards[0] - rewards[1]
    lengths = [len(record.chosen) for record in records]
    lengths += [len(record.rejected) for record in records]
    return {
        "calibration": calibration_report(margins, records, ties),
        "prefers_longer": prefers_longer(margins, records),
        "length": reward_against_length(
            np.array(lengths, dtype=np.float64),
            rewards.reshape(-1),
            [record.id for record in records] * 2,
            what="pairs",
        ),
        "accuracy": accuracy_slices(margins, records)["overall"]["accuracy"],
    }


def text_section(scores: PairLogProbs, records: Records) -> dict[str, Any]:
    """Perplexity of chosen and of rejected completions."""
    if not np.isfinite(scores.log_prob).all():
        return undefined("some log-probs are no numbers")
    return {
        side: text_report(
            scores.log_prob[place],
            scores.n_tokens[place],
            [getattr(record, side) for record in records],
        )
        for place, side in enumerate(("chosen", "rejected"))
    }


def sampling_section(sampled: Sampled, *, n_prompts: int, max_new_tokens: int) -> dict[str, Any]:
    """How many prompts were answered, how often, and how many answers were cut."""
    samples = sampled.in_order
    return {
        "n_prompts": n_prompts,
        "n_too_long": n_prompts - len(sampled.samples),
        "n_samples": len(samples),
        "n_cut": sum(not sample.finished for sample in samples),
        "max_new_tokens": max_new_tokens,
    }


def kl_section(estimates: SequenceKL, samples: Sequence[Sample]) -> dict[str, Any]:
    """KL from the reference, in nats a sequence and a token, with prompts as units."""
    if not samples:
        return undefined(NOT_SAMPLED)
    names, place = np.unique([sample.prompt_id for sample in samples], return_inverse=True)
    tokens = np.array([len(sample.completion_ids) for sample in samples], dtype=np.float64)

    def by_prompt(values: FloatArray) -> FloatArray:
        return np.bincount(place, values, minlength=len(names)).astype(np.float64)

    k1, k3 = by_prompt(estimates.k1.numpy()), by_prompt(estimates.k3.numpy())
    n_samples = by_prompt(np.ones(len(samples)))
    return {
        "k1": ratio_figure(k1, n_samples, what="prompts"),
        "k3": ratio_figure(k3, n_samples, what="prompts"),
        "k3_per_token": ratio_figure(k3, by_prompt(tokens), what="prompts"),
        "n_samples": len(samples),
    }


def samples_section(sampled: Sampled, rewards: FloatArray) -> dict[str, Any]:
    """Reward of samples, what choosing the best would gain, and what length earns.

    Args:
        rewards: shape (prompts, samples); a prompt that could not be scored is NaN and left out.
    """
    if not sampled.samples:
        return {name: undefined(NOT_SAMPLED) for name in ("reward", "best_of_n", "length")}
    is_scored = np.atleast_1d(np.isfinite(rewards).all(axis=1))
    rewards = rewards[is_scored]
    groups = [group for group, kept in zip(sampled.groups(), is_scored, strict=True) if kept]
    lengths = np.array([[len(text) for text in texts] for _, texts in groups], dtype=np.float64)
    names = np.repeat(np.arange(len(groups)), rewards.shape[1])
    return {
        "reward": mean_figure(rewards.mean(axis=1), what="prompts"),
        "best_of_n": best_of_n_curve(rewards),
        "length": reward_against_length(
            lengths.reshape(-1), rewards.reshape(-1), [str(name) for name in names]
        ),
        "n_prompts_unscored": int((~is_scored).sum()),
    }


def win_rate_section(judge: Judge, policy: Sampled, against: Sampled) -> dict[str, Any]:
    """The policy's first sample of each prompt against the other's."""
    duels = [
        Duel(
            prompt_id=name,
            messages=policy.prompts[name],
            text_a=samples[0].text,
            text_b=against.samples[name][0].text,
        )
        for name, samples in policy.samples.items()
        if name in against.samples
    ]
    if not duels:
        return undefined(NOT_SAMPLED)
    return {"judge": judge.name, **win_rate_report(judge_both_orders(judge, duels), duels)}
