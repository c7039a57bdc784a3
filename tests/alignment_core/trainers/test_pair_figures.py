"""What is measured of pairs, whatever a method makes of them."""

import pytest
import torch

from alignment_core.evaluation.metrics import Totals
from alignment_core.trainers.pair_figures import add_rewards


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_who_is_ahead_does_not_depend_on_the_scale_of_the_rewards(beta):
    log_probs = torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-2.0, -1.0, -4.0])
    rewards = tuple(beta * side for side in log_probs)
    totals = Totals()
    is_decided = torch.tensor([True, True, False])
    add_rewards(totals, rewards, is_decided, margin=log_probs[0] - log_probs[1])
    figures = totals.means()
    assert figures["rewards/accuracies"] == 0.5
    assert figures["rewards/margins"] == pytest.approx(beta / 3)
