"""Signs in a run's metrics that it went wrong although it finished.

Each has a name that does not change, the figures it was found by, and a sentence with them. None of
them proves anything; docs/methods/alarms.md says what each may mean and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alignment_core.runs.alarm_sentences import template_of

Line = Mapping[str, Any]
Figures = dict[str, float]

SATURATED_EPOCH = 0.2
REWARD_AT_START = 0.1  # bfloat16 rounds a few hundred tokens' log-ratio, times beta, to less
KL_AT_START = 0.5  # nats a sequence, for the same reason
REWARD_FALL = 1.0  # in units of reward: a factor e of beta-scaled likelihood
LOG_PROB_FALL = 10.0  # nats a sequence: the same fall at the usual beta of 0.1
MARGIN_GROWTH = 1.5  # over the second half of a run
FLAT = 0.005  # half a point of accuracy
LENGTH_DRIFT = 1.5  # times as long, or as short
FEWEST_STEPS = 5  # before the ends of a run can be compared
END_SHARE = 0.1  # of the steps: what "at the end" and "at the beginning" are the mean over
MANY_EQUAL_GROUPS = 0.5
ALL_CUT = 0.9  # of the samples
MANY_CLIPPED = 0.5  # of the tokens, or answers, that an update learns from
FILLED = 0.5  # of a rollout; below it each step learns from less than half of what was asked for
DEFAULT_KL_BUDGET = 25.0  # nats a sequence, for methods that do not set one; Gao et al. 2023


def find_alarms(
    lines: Sequence[Line],
    evaluation: Mapping[str, Any],
    baselines: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Alarms with `name`, `figures` and, as `message`, their sentence.

    Args:
        lines: the run's metrics, in the order in which they were written.
        evaluation, baselines: of its summary.
        settings: of the run; `kl_budget` is read, where 0 is no limit.
    """
    of_run: list[Callable[[Sequence[Line]], Figures | None]] = [
        reference_mismatch,
        accuracy_saturated,
        chosen_log_prob_falls,
        margin_without_accuracy,
        length_drifts,
        samples_cut,
        updates_clipped,
        equal_rewards,
        rollouts_not_filled,
        samples_ran_dry,
    ]
    found = {check.__name__: check(lines) for check in of_run}
    budget = (settings or {}).get("kl_budget", DEFAULT_KL_BUDGET)
    found["kl_over_budget"] = kl_over_budget(lines, budget)
    found["below_longer_wins"] = below_longer_wins(evaluation, baselines)
    return [
        {"name": name, "message": template_of(name, figures).format(**figures), "figures": figures}
        for name, figures in found.items()
        if figures is not None
    ]


def reference_mismatch(lines: Sequence[Line]) -> Figures | None:
    """The untrained policy is not at its reference: rewards or KL are not 0 before the first step.

    A method that computes log-probs of a reference in advance refuses to start when they differ.
    This looks at what was measured, so it also covers references that are read as they are needed.
    """
    if any(line["phase"] == "reference" for line in lines):
        reward = next(iter(_values(lines, "train", "rewards/chosen")), None)
        if reward is not None and abs(reward) > REWARD_AT_START:
            return {"reward": reward}
    for name in ("kl/on_policy_k1", "kl/on_policy_k3"):
        for line in lines:
            kl = line.get(name) or 0.0
            if line["phase"] == "eval" and line["step"] == 0 and abs(kl) > KL_AT_START:
                return {"kl": kl}
    return None


def accuracy_saturated(lines: Sequence[Line]) -> Figures | None:
    """Every pair of the first fifth of an epoch was ranked right."""
    accuracies = [
        line.get("rewards/accuracies", line.get("accuracy"))
        for line in lines
        if line["phase"] == "train" and line.get("epoch", 1.0) <= SATURATED_EPOCH
    ]
    if accuracies and all(accuracy == 1.0 for accuracy in accuracies):
        return {}
    return None


def chosen_log_prob_falls(lines: Sequence[Line]) -> Figures | None:
    """The completions people chose have become much less likely.

    On the same held-out pairs where there are any, else by the reward relative to the reference.
    """
    # A method that compares means, or weighs tokens, has those under logps, as TRL does.
    held_out = _values(lines, "eval", "sequence_logps/chosen") or _values(
        lines, "eval", "logps/chosen"
    )
    if len(held_out) >= 2:
        fall = held_out[0] - held_out[-1]
        return {"fall": fall} if fall > LOG_PROB_FALL else None
    if any(line["phase"] == "reference" for line in lines):
        rewards = _values(lines, "train", "rewards/chosen")
        if rewards and _at_end(rewards) < -REWARD_FALL:
            return {"reward": _at_end(rewards)}
    return None


def margin_without_accuracy(lines: Sequence[Line]) -> Figures | None:
    """Over the second half, held-out margins grew and held-out accuracy did not."""
    measured = [line for line in lines if line["phase"] == "eval" and line["step"] > 0]
    for margin, accuracy in (("rewards/margins", "rewards/accuracies"), ("margin", "accuracy")):
        pairs = [
            (line[margin], line[accuracy])
            for line in measured
            if line.get(margin) is not None and line.get(accuracy) is not None
        ]
        if len(pairs) < 3:
            continue
        (half_margin, half_accuracy), (margin_now, accuracy_now) = pairs[len(pairs) // 2], pairs[-1]
        grew = half_margin > 0 and margin_now > MARGIN_GROWTH * half_margin
        if grew and accuracy_now <= half_accuracy + FLAT:
            return {
                "half_margin": half_margin,
                "margin": margin_now,
                "half_accuracy": half_accuracy,
                "accuracy": accuracy_now,
            }
    return None


def length_drifts(lines: Sequence[Line]) -> Figures | None:
    """Samples of training have become much longer or much shorter."""
    lengths = _values(lines, "train", "completions/mean_length")
    if len(lengths) < FEWEST_STEPS:
        return None
    first, last = _at_start(lengths), _at_end(lengths)
    if last > LENGTH_DRIFT * first or first > LENGTH_DRIFT * last:
        return {"first": first, "last": last}
    return None


def samples_cut(lines: Sequence[Line]) -> Figures | None:
    """Hardly a sample ends by itself."""
    return _share_above(_values(lines, "train", "completions/clipped_ratio"), ALL_CUT)


def updates_clipped(lines: Sequence[Line]) -> Figures | None:
    """Most of what is sampled has lost its gradient to the clip of the ratio."""
    shares = _values(lines, "train", "clip_ratio/region_mean")  # PPO's has another name
    shares = shares or _values(lines, "train", "policy/clipfrac_avg")
    return _share_above(shares, MANY_CLIPPED)


def equal_rewards(lines: Sequence[Line]) -> Figures | None:
    """At the end most groups of samples earn all the same, so they teach nothing."""
    return _share_above(_values(lines, "train", "frac_reward_zero_std"), MANY_EQUAL_GROUPS)


def rollouts_not_filled(lines: Sequence[Line]) -> Figures | None:
    """At the end dynamic sampling finds less than half of the prompts that it looks for."""
    shares = _values(lines, "train", "sampling/filled")
    unfilled = _share_above([1 - share for share in shares], 1 - FILLED)
    return unfilled and {"share": 1 - unfilled["share"]}


def samples_ran_dry(lines: Sequence[Line]) -> Figures | None:
    """Dynamic sampling found no prompt left whose samples earn differently."""
    for line in lines:
        if line["phase"] == "dry":
            return {"step": line["step"]}
    return None


def kl_over_budget(lines: Sequence[Line], budget: float) -> Figures | None:
    """The policy is further from its reference than was allowed, in nats a sequence."""
    held_out = _values(lines, "eval", "kl/on_policy_k1")
    kl = held_out[-1:] or [
        _at_end(values) for values in [_values(lines, "train", "objective/kl")] if values
    ]
    if budget > 0 and kl and kl[0] > budget:
        return {"kl": kl[0], "budget": budget}
    return None


def below_longer_wins(
    evaluation: Mapping[str, Any], baselines: Mapping[str, Any]
) -> Figures | None:
    """Always taking the longer completion would be right more often."""
    value, simple = _value(evaluation.get("accuracy")), _value(baselines.get("longer_wins"))
    if value is not None and simple is not None and value < simple:
        return {"accuracy": value, "longer_wins": simple}
    return None


def _values(lines: Sequence[Line], phase: str, name: str) -> list[float]:
    """What was logged under a name, without what was no number."""
    return [line[name] for line in lines if line["phase"] == phase and line.get(name) is not None]


def _share_above(shares: Sequence[float], limit: float) -> Figures | None:
    """The share at the end where it is above the limit; of a short run, if each step's is."""
    is_enough = len(shares) >= FEWEST_STEPS or (shares and min(shares) > limit)
    return {"share": _at_end(shares)} if is_enough and _at_end(shares) > limit else None


def _at_start(values: Sequence[float]) -> float:
    return _mean(values[: _n_of_end(values)])


def _at_end(values: Sequence[float]) -> float:
    return _mean(values[-_n_of_end(values) :])


def _n_of_end(values: Sequence[float]) -> int:
    return max(1, round(END_SHARE * len(values)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _value(figure: Mapping[str, Any] | None) -> float | None:
    return None if figure is None else figure.get("value")
