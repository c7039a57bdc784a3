"""Measurements of rollouts: what goes into the metrics, the log of samples and the summary."""

from __future__ import annotations

import json
import math

import numpy as np
import torch
from torch import Tensor

from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.figures import mean_figure
from alignment_core.evaluation.metrics import Totals
from alignment_core.files import write_text
from alignment_core.processes.ranks import is_main
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.kl import sequence_kl
from alignment_core.sampling.rollout import Rollout, TokenValues

SAMPLES = "rollouts.jsonl"
EQUAL_REWARDS = 1e-8  # a smaller standard deviation is rounding


def rollout_metrics(rollout: Rollout, totals: Totals) -> None:
    """Rewards and lengths of a step's samples, by the names that TRL gives them."""
    rewards, n_tokens = rollout.scores.total, rollout.n_tokens.double()
    totals.add_each("reward", rewards)
    for name, values in rollout.scores.by_reward.items():
        totals.add_each(f"rewards/{name}/mean", values)
        totals.add(f"rewards/{name}/std", _deviation(values.flatten()), 1)
    totals.add("reward_std", _deviation(rewards.flatten()), 1)  # of all samples, as in TRL
    if rewards.shape[1] > 1:
        deviations = rewards.std(1, correction=1)
        totals.add_each("group_reward_std", deviations)
        totals.add_each("frac_reward_zero_std", (deviations <= EQUAL_REWARDS).double())
    totals.add_each("completions/mean_length", n_tokens)
    totals.keep_lowest("completions/min_length", n_tokens)
    totals.keep_highest("completions/max_length", n_tokens)
    totals.add_each("completions/clipped_ratio", (~rollout.finished).double())
    if rollout.finished.any():
        totals.add_each("completions/mean_terminated_length", n_tokens[rollout.finished])


def log_samples(rollout: Rollout, directory: RunDirectory, *, step: int) -> None:
    """Append the best and the worst sample of the step's first prompt, to be read by people."""
    if not is_main():
        return
    rewards = rollout.scores.total[0]
    places = sorted({int(rewards.argmax()), int(rewards.argmin())})
    with directory.file(SAMPLES).open("a", encoding="utf-8") as file:
        for place in places:
            answered = rollout.answers[0][place]
            line = {
                "step": step + 1,
                "prompt": list(answered.prompt),
                "text": answered.text,
                "reward": float(rewards[place]),
                "finished": answered.finished,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def cut_samples(directory: RunDirectory, *, after: int) -> None:
    """Forget the samples logged after a step: a run that goes on from there logs them again."""
    path = directory.path / SAMPLES
    if is_main() and path.exists():
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        kept = [line for line in lines if _step_of(line) <= after]
        write_text(directory.file(SAMPLES), "".join(f"{line}\n" for line in kept))


def _step_of(line: str) -> float:
    """The step of a logged sample; infinite for half a line, which a full disk may leave."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, TypeError, KeyError):
        return math.inf


def held_out_figures(
    rollout: Rollout, policy: TokenValues, reference: TokenValues
) -> HeldOutResult:
    """Reward, length and KL of one sample of each held-out prompt, with intervals over prompts.

    Args:
        policy, reference: log-prob of every sampled token, in nats, at temperature 1.
    """
    rows = list(policy.by_sample)
    kl = sequence_kl(
        [policy.by_sample[row] for row in rows], [reference.by_sample[row] for row in rows]
    )
    rewards = rollout.scores.total.mean(1)
    lengths = rollout.n_tokens.double().mean(1)
    metrics = {
        "reward": float(rewards.mean()),
        "completions/mean_length": float(lengths.mean()),
        "completions/clipped_ratio": float((~rollout.finished).double().mean()),
        "kl/on_policy_k1": float(kl.k1.mean()),
        "kl/on_policy_k3": float(kl.k3.mean()),
    }
    for name, values in rollout.scores.by_reward.items():
        metrics[f"rewards/{name}/mean"] = float(values.mean())
    return HeldOutResult(
        metrics=metrics,
        margins=None,
        scored_by="reward",
        figures={
            "mean_reward": mean_figure(_array(rewards), what="prompts"),
            "mean_length": mean_figure(_array(lengths), what="prompts"),
            "kl_k1": mean_figure(_array(kl.k1), what="prompts"),
            "kl_k3": mean_figure(_array(kl.k3), what="prompts"),
        },
    )


def _deviation(values: Tensor) -> float:
    return float(values.std(correction=1)) if len(values) > 1 else 0.0


def _array(values: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(values.to(torch.float64).numpy())
