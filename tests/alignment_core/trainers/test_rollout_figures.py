import pytest

from alignment_core.evaluation.metrics import Totals
from alignment_core.trainers.rollout_figures import rollout_metrics
from tests.alignment_core.given_rollouts import given_rollout


def test_the_deviation_of_all_rewards_and_that_within_a_group_are_two_figures():
    totals = Totals()
    rollout_metrics(given_rollout([[1, 2], [3, 4]], [[0.0, 2.0], [10.0, 10.0]]), totals)
    figures = totals.means()
    # of 0, 2, 10 and 10: squares of 5.5, 3.5, 4.5 and 4.5 over three; of the groups √2 and 0
    assert figures["reward_std"] == pytest.approx((83 / 3) ** 0.5)
    assert figures["group_reward_std"] == pytest.approx(2**0.5 / 2)
    assert figures["frac_reward_zero_std"] == 0.5
