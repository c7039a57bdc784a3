import numpy as np
import pytest
from scipy.special import expit

from alignment_core.evaluation.win_rate import (
    Duel,
    Verdicts,
    judge_both_orders,
    length_controlled_win_rate,
    win_rate_report,
)


class JudgeOfFirsts:
    """Always prefers what it reads first, except for a text that says it is good."""

    name = "reads in order"
    reads_order = True

    def prefers_first(self, prompts, first, second):
        return np.array(
            [
                0.0 if "good" in right and "good" not in left else 1.0
                for left, right in zip(first, second, strict=True)
            ]
        )


def duel(text_a, text_b, number=0):
    messages = [{"role": "user", "content": "Hello"}]
    return Duel(prompt_id=f"p-{number}", messages=messages, text_a=text_a, text_b=text_b)


def test_verdicts_that_turn_with_the_order_are_ties():
    duels = [duel("good", "bad"), duel("bad", "good"), duel("bad", "bad too")]
    verdicts = judge_both_orders(JudgeOfFirsts(), duels)
    assert verdicts.a_wins.tolist() == [1.0, 0.0, 0.5]
    assert verdicts.disagrees.tolist() == [0.0, 0.0, 1.0]


def test_a_win_rate_counts_a_tie_one_half():
    duels = [duel("a" * (n + 1), "b", n) for n in range(8)]
    verdicts = Verdicts(a_wins=np.array([1, 1, 1, 0.5, 0.5, 0, 0, 1.0]), disagrees=None)
    report = win_rate_report(verdicts, duels)
    assert report["raw"]["value"] == pytest.approx(5 / 8)
    assert (report["n_wins"], report["n_ties"], report["n_losses"]) == (4, 2, 2)
    assert report["characters"] == {"a": 4.5, "b": 1.0}
    assert report["order_disagreement"]["undefined"].startswith("because the judge scores each")


def test_duels_that_cannot_be_judged_count_nowhere():
    duels = [duel("a" * 10, "b", n) for n in range(7)]
    verdicts = Verdicts(a_wins=np.array([1, 1, 1, 0, 0, np.nan, np.nan]), disagrees=None)
    report = win_rate_report(verdicts, duels)
    assert (report["raw"]["value"], report["raw"]["n"]) == (0.6, 5)
    assert report["n_unjudged"] == 2


def simulated(*, theta, phi, mean_difference, n=6000):
    """Verdicts of a judge that pays for length, on a policy A that writes longer."""
    generator = np.random.default_rng(11)
    longer_by = generator.normal(mean_difference, 100.0, size=n)
    p = expit(theta + phi * np.tanh(longer_by / longer_by.std()))
    return (generator.random(n) < p).astype(float), longer_by


def test_length_control_recovers_the_rate_at_equal_length():
    a_wins, longer_by = simulated(theta=0.3, phi=1.5, mean_difference=120.0)
    assert a_wins.mean() > 0.70  # what length makes of σ(0.3) = 0.574
    figure = length_controlled_win_rate(a_wins, longer_by)
    assert figure["value"] == pytest.approx(expit(0.3), abs=0.03)
    assert figure["low"] < expit(0.3) < figure["high"]


def test_length_control_is_symmetric_in_the_two_policies():
    a_wins, longer_by = simulated(theta=-0.2, phi=0.8, mean_difference=40.0, n=60)
    forwards = length_controlled_win_rate(a_wins, longer_by)["value"]
    backwards = length_controlled_win_rate(1 - a_wins, -longer_by)["value"]
    assert forwards + backwards == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("a_wins", "longer_by", "reason"),
    [
        (np.ones(6), np.arange(6.0), "every verdict is the same"),
        (np.array([1, 0, 1, 0, 1.0]), np.full(5, 7.0), "the lengths always differ by the same"),
        (np.array([1.0]), np.array([3.0]), "there are 1 prompts, fewer than 5"),
    ],
)
def test_a_length_controlled_rate_that_cannot_be_fitted_says_why(a_wins, longer_by, reason):
    assert length_controlled_win_rate(a_wins, longer_by)["undefined"] == f"because {reason}"
