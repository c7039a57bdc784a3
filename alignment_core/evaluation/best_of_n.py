"""What taking the best of n samples by reward would gain, and how far it moves the policy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import gammaln

from alignment_core.evaluation.figures import FloatArray, mean_figure
from alignment_core.evaluation.metrics import undefined


def expected_best(rewards: FloatArray, n: int) -> FloatArray:
    """Expected highest of n rewards drawn from the N of each prompt, without replacement.

    With the rewards of a prompt in ascending order r_1 … r_N it is
    Σ_i C(i - 1, n - 1) / C(N, n) r_i: the mean over every subset of size n, so it is unbiased for
    the best of n fresh samples.

    Args:
        rewards: shape (prompts, N). n: from 1 to N.
    Returns: shape (prompts,), in units of reward.
    Raises: ValueError if n is out of range.
    Source: the order statistic behind Chen et al. 2021, arXiv:2107.03374, eq. 1 (pass@k), for
        rewards that are not 0 or 1.
    """
    n_samples = rewards.shape[1]
    if not 1 <= n <= n_samples:
        raise ValueError(f"n must be from 1 to {n_samples}, not {n}")
    ranks = np.arange(n, n_samples + 1, dtype=np.float64)  # only these can be the best of n
    shares = np.exp(_log_choose(ranks - 1, n - 1) - _log_choose(np.array(float(n_samples)), n))
    return np.asarray(np.sort(rewards, axis=1)[:, n - 1 :] @ shares)


def kl_bound(n: int) -> float:
    """log n - (n - 1) / n nats: best-of-n is at most this far from the policy it samples.

    Args: n: from 1.

    Source: Stiennon et al. 2020, arXiv:2009.01325, appendix; that it is a bound rather than
        the value: Beirami et al. 2024, arXiv:2401.01879.
    """
    return math.log(n) - (n - 1) / n


def best_of_n_curve(rewards: FloatArray) -> dict[str, Any]:
    """Expected reward of the best of n for n = 1, 2, 4, … up to the samples of each prompt.

    Args:
        rewards: shape (prompts, samples).
    Returns: n_prompts, n_samples and points, each with n, reward (a figure over prompts), gain
        over one sample (a figure) and the KL bound in nats.
    """
    n_prompts, n_samples = rewards.shape
    if n_samples < 2:
        return undefined("there is one sample of each prompt")
    sizes = [2**power for power in range(n_samples.bit_length()) if 2**power < n_samples]
    one = expected_best(rewards, 1)
    points = []
    for n in [*sizes, n_samples]:
        best = expected_best(rewards, n)
        points.append(
            {
                "n": n,
                "reward": mean_figure(best, what="prompts"),
                "gain": mean_figure(best - one, what="prompts"),
                "kl_bound": kl_bound(n),
            }
        )
    return {"n_prompts": n_prompts, "n_samples": n_samples, "points": points}


def _log_choose(n: FloatArray, k: int) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
