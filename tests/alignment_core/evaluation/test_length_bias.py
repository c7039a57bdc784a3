import numpy as np
import pytest

from alignment_core.evaluation.length_bias import prefers_longer, reward_against_length
from tests.alignment_core.small_runs import make_record


def test_the_slope_is_measured_within_prompts():
    # Between prompts longer is worse by far; within each, 10 characters earn exactly 0.2
    prompts = [f"p{n}" for n in range(6) for _ in range(2)]
    lengths = np.array([100.0 * n + 10 * k for n in range(6) for k in (0, 1)])
    rewards = np.array([-5.0 * n + 0.2 * k for n in range(6) for k in (0, 1)])
    report = reward_against_length(lengths, rewards, prompts)
    assert report["slope"]["value"] == pytest.approx(2.0)
    assert report["correlation"]["value"] == pytest.approx(1.0)
    assert report["n_completions"] == 12
    assert report["points"][1] == [10, 0.2]


def test_the_correlation_equals_the_worked_one():
    # offsets from each prompt's mean: x ±1, ±1, ±2, ±2, ±1; y ±1, ∓1, ±1, ±2, 0
    x = np.array([1, -1, 1, -1, 2, -2, 2, -2, 1, -1.0])
    y = np.array([1, -1, -1, 1, 1, -1, 2, -2, 0, 0.0])
    prompts = [f"p{place // 2}" for place in range(10)]
    report = reward_against_length(x + 50, y, prompts)
    assert report["correlation"]["value"] == pytest.approx(6 / np.sqrt(11 * 7))
    assert report["slope"]["value"] == pytest.approx(100 * 6 / 11)


def test_a_prompt_with_one_completion_says_nothing():
    report = reward_against_length(np.arange(8.0), np.arange(8.0), [str(n) for n in range(8)])
    assert "undefined" in report["correlation"]
    assert report["n_completions"] == 0


def test_the_taste_for_length_is_set_beside_peoples():
    short = {"chosen": "No.", "rejected": "I do not know at all."}
    records = [make_record(n) for n in range(4)] + [make_record(n, **short) for n in range(4, 8)]
    margins = np.array([1.0, 1, 1, 1, -1, -1, 1, 0])
    report = prefers_longer(margins, records)
    assert report["people"]["value"] == 0.5
    assert report["scorer"]["value"] == pytest.approx((4 + 2 + 0 + 0.5) / 8)
    assert report["excess"]["value"] == pytest.approx(2.5 / 8)
