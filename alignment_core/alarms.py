"""Signs that a run went wrong although it finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SATURATED_EPOCH = 0.2
MARGIN_OF_FALL = 1.0  # in units of reward: a factor e of beta-scaled likelihood


def find_alarms(
    lines: Sequence[Mapping[str, Any]], evaluation: Mapping[str, Any], baselines: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Alarms with a name and a sentence.

    Args:
        lines: the run's metrics.
        evaluation, baselines: of its summary.
    """
    alarms = []
    train = [line for line in lines if line["phase"] == "train"]
    accuracies = [
        line.get("rewards/accuracies", line.get("accuracy"))
        for line in train
        if line["epoch"] <= SATURATED_EPOCH
    ]
    if accuracies and all(accuracy == 1.0 for accuracy in accuracies):
        alarms.append(
            _alarm(
                "accuracy_saturated",
                "Every pair was ranked right from the start; the learning rate may be too high, "
                "or the data too easy.",
            )
        )
    if train and (train[-1].get("rewards/chosen") or 0.0) < -MARGIN_OF_FALL:
        alarms.append(
            _alarm(
                "chosen_log_prob_falls",
                "The chosen completions have become much less likely than before training.",
            )
        )
    value, simple = _value(evaluation.get("accuracy")), _value(baselines.get("longer_wins"))
    if value is not None and simple is not None and value < simple:
        alarms.append(
            _alarm(
                "below_longer_wins",
                f"Held-out accuracy {value:.3f} is below {simple:.3f}, which always taking the "
                "longer completion reaches.",
            )
        )
    return alarms


def _value(figure: Mapping[str, Any] | None) -> float | None:
    return None if figure is None else figure.get("value")


def _alarm(name: str, message: str) -> dict[str, str]:
    return {"name": name, "message": message}
