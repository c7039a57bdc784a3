"""How good a checkpoint is: each figure with its interval, its count, or why there is none.

Public: import the names below from this package.

    >>> import numpy as np
    >>> from alignment_core.evaluation import best_of_n_curve, expected_best, share_with_interval
    >>> figure = share_with_interval([1.0, 1.0, 0.5, 0.0, 1.0, 1.0])
    >>> round(figure["value"], 2), round(figure["low"], 2), round(figure["high"], 2)
    (0.75, 0.36, 0.94)
    >>> share_with_interval([])
    {'undefined': 'because there is no held-out pair with a preference'}
    >>> expected_best(np.array([[0.0, 3.0, 6.0]]), 2)  # of two out of three samples
    array([5.])
"""

from alignment_core.evaluation.best_of_n import best_of_n_curve, expected_best, kl_bound
from alignment_core.evaluation.calibration import calibration_report
from alignment_core.evaluation.figures import mean_figure, ratio_figure, resampled_figure
from alignment_core.evaluation.held_out import (
    HeldOutResult,
    baselines,
    evaluation_report,
    held_out_summary,
    human_agreement,
    no_evaluation,
    stack_margins,
    wins_by_pair,
)
from alignment_core.evaluation.metrics import share_with_interval
from alignment_core.evaluation.safety import find_signs, safety_report
from alignment_core.evaluation.win_rate import (
    Duel,
    Judge,
    Verdicts,
    judge_both_orders,
    length_controlled_win_rate,
    win_rate_report,
)

__all__ = [
    "Duel",
    "HeldOutResult",
    "Judge",
    "Verdicts",
    "baselines",
    "best_of_n_curve",
    "calibration_report",
    "evaluation_report",
    "expected_best",
    "find_signs",
    "held_out_summary",
    "human_agreement",
    "judge_both_orders",
    "kl_bound",
    "length_controlled_win_rate",
    "mean_figure",
    "no_evaluation",
    "ratio_figure",
    "resampled_figure",
    "safety_report",
    "share_with_interval",
    "stack_margins",
    "win_rate_report",
    "wins_by_pair",
]
