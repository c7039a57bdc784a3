import math

import pytest
import torch

from alignment_core.losses.advantages import (
    generalized_advantages,
    group_advantages,
    leave_one_out_advantages,
    overlong_penalty,
    whiten,
)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_advantages_equal_the_worked_values():
    result = generalized_advantages(
        numbers(0.1, 0.0, 1.0), numbers(0.5, 0.4, 0.6), gamma=0.9, lam=0.5
    )
    # δ from the end: 1 + 0 - 0.6 = 0.4; 0 + 0.54 - 0.4 = 0.14; 0.1 + 0.36 - 0.5 = -0.04
    # A from the end: 0.4; 0.14 + 0.45 × 0.4 = 0.32; -0.04 + 0.45 × 0.32 = 0.104
    torch.testing.assert_close(result.advantage, numbers(0.104, 0.32, 0.4))
    torch.testing.assert_close(result.returns, numbers(0.604, 0.72, 1.0))


def test_without_discount_and_bias_the_return_of_every_token_is_the_sum_of_rewards_to_come():
    result = generalized_advantages(
        numbers(-0.1, -0.2, 0.7), numbers(5.0, -3.0, 2.0), gamma=1.0, lam=1.0
    )
    torch.testing.assert_close(result.returns, numbers(0.4, 0.5, 0.7))


def test_whitened_values_have_mean_0_and_deviation_1_or_keep_their_mean():
    values = numbers(1.0, 2.0, 4.0, 9.0)
    whitened = whiten(values)
    assert float(whitened.mean()) == pytest.approx(0.0, abs=1e-12)
    assert float(whitened.std(correction=1)) == pytest.approx(1.0, rel=1e-6)
    torch.testing.assert_close(whiten(values, shift_mean=False), whitened + 4.0)
    assert whiten(numbers(3.0)).tolist() == [0.0]


def test_each_sample_is_compared_with_the_others_of_its_prompt():
    advantages = leave_one_out_advantages(torch.stack([numbers(1, 2, 6), numbers(5, 5, 5)]))
    torch.testing.assert_close(advantages[0], numbers(1 - 4, 2 - 3.5, 6 - 1.5))
    assert advantages[1].tolist() == [0.0, 0.0, 0.0]


def test_group_advantages_equal_the_worked_values():
    rewards = torch.stack([numbers(0, 0, 1, 1), numbers(2, 2, 2, 2)])
    deviation = math.sqrt(4 * 0.25 / 3)
    advantages = group_advantages(rewards, epsilon=1e-4)
    expected = numbers(-0.5, -0.5, 0.5, 0.5) / (deviation + 1e-4)
    torch.testing.assert_close(advantages, torch.stack([expected, numbers(0, 0, 0, 0)]))
    plain = group_advantages(rewards, divide_by_deviation=False)
    torch.testing.assert_close(plain[0], numbers(-0.5, -0.5, 0.5, 0.5))


@pytest.mark.parametrize("function", [leave_one_out_advantages, group_advantages])
def test_a_single_sample_cannot_be_compared(function):
    with pytest.raises(ValueError, match="two samples"):
        function(torch.zeros(3, 1))


def test_overlong_samples_are_punished_little_by_little():
    lengths = torch.tensor([10, 80, 85, 90, 100, 120])
    penalties = overlong_penalty(lengths, longest=100, buffer=20)
    assert penalties.tolist() == [0.0, 0.0, -0.25, -0.5, -1.0, -1.0]
    with pytest.raises(ValueError, match="buffer"):
        overlong_penalty(lengths, longest=10, buffer=11)
