"""Every choice of the methods that learn from pairs, and the first step of a run."""

import torch

from alignment_core.evaluation.metrics import Totals
from alignment_core.trainers.loop import accumulate_gradients
from alignment_core.trainers.objective import trained_modules
from tests.alignment_core.small_runs import (
    objective_of,
)

CHOICES = {
    "dpo robust": {"loss": "robust", "label_smoothing": 0.1},
    "dpo ipo": {"loss": "ipo", "soft_labels": True},
    "dpo hinge": {"loss": "hinge", "strength_margin": 0.5},
    "dpo apo_zero": {"loss": "apo_zero"},
    "dpo apo_down": {"loss": "apo_down"},
    "dpo exo_pair": {"loss": "exo_pair", "label_smoothing": 0.1, "soft_labels": True},
    "dpo nca_pair": {"loss": "nca_pair", "soft_labels": True},
    "dpo sppo": {"loss": "sppo", "soft_labels": True, "weighting": "equal"},
    "dpo sigmoid_norm": {"loss": "sigmoid_norm", "ties": "davidson"},
    "dpo length-normalised": {"log_ratio": "mean", "beta": 5.0, "weighting": "agreement"},
    "dpo length-desensitized": {"ld_alpha": 0.5, "nll_weight": 0.5, "curriculum": "reference"},
    "dpo davidson": {"ties": "davidson", "soft_labels": True},
    "dpo rao_kupper": {"ties": "rao_kupper", "tie_nu": 3.0},
    "simpo": {"soft_labels": True, "nll_weight": 0.5},
    "cpo": {"soft_labels": True},
    "orpo": {"ties": "half", "curriculum": "agreement"},
    "kto": {"both_bad": True},
    "reward_model heads": {"n_heads": 3, "ties": "davidson"},
    "reward_model cohorts": {"cohort_heads": True, "soft_labels": True, "centring": 0.01},
    "reward_model dropout": {"head_dropout": 0.2, "strength_margin": 0.2},
}
RESUMED = [
    "dpo length-desensitized",
    "simpo",
    "cpo",
    "orpo",
    "kto",
    "reward_model heads",
    "reward_model cohorts",
    "reward_model dropout",
]


def first_step(directory, *, token_budget=10**6):
    """Loss, gradient and figures of a first step over every example, in float64."""
    objective, data = objective_of(directory)
    totals = Totals()
    everything = range(len(data.lengths))
    loss = accumulate_gradients(
        objective, everything, data=data, token_budget=token_budget, totals=totals, step=3
    )
    gradient = torch.cat(
        [
            weight.grad.flatten()
            for module in trained_modules(objective).values()
            for weight in module.parameters()
            if weight.grad is not None
        ]
    )
    return loss, gradient, totals.means()
