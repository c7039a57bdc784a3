"""Two on the same pairs: how far apart they may be, and that many looks are paid for."""

import math

import pytest
from scipy.special import ndtri

from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from training.contrast.compared import Compared
from training.contrast.sentences import all_in_words, two_in_words
from training.contrast.told_apart import standings, told_apart
from training.models import Evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def compare():
    """Runs that were right on these pairs, as they are compared."""
    snapshot, base = make_snapshot(), make_base()

    def make(*wins: dict[str, float] | None) -> list[Compared]:
        runs = [
            trained_run(f"Run {number}", snapshot=snapshot, base=base, wins=one)
            for number, one in enumerate(wins)
        ]
        return [
            Compared(
                tone=tone,
                run=run,
                checkpoint=run.checkpoints.get(),
                evaluations=tuple(Evaluation.objects.filter(run=run)),
            )
            for tone, run in enumerate(runs, start=1)
        ]

    return make


def test_two_that_differ_on_twenty_of_a_hundred_pairs_are_told_apart(compare):
    """Bonett and Price by hand: one pair more for each side, 21 of 102 gain and 1 loses."""
    (two,) = told_apart(compare(right_on(60), right_on(40)))
    middle = 20 / 102
    reach = 1.959964 * math.sqrt(22 - 102 * middle**2) / 102
    assert two.shared["difference"] == pytest.approx(0.2)
    assert two.shared["low"] == pytest.approx(middle - reach, abs=1e-6)
    assert two.shared["high"] == pytest.approx(middle + reach, abs=1e-6)
    assert two.is_apart
    assert two.better is two.first
    assert two_in_words(two) == (
        "A and B can be told apart: A prefers what people preferred more often than B, by 20.0 "
        "points (11.4 to 27.8), on 100 pairs."
    )


def test_the_better_one_is_named_whichever_comes_first(compare):
    (two,) = told_apart(compare(right_on(40), right_on(60)))
    assert two.better is two.second
    assert "B prefers what people preferred more often than A, by 20.0 points (11.4 to 27.8)" in (
        two_in_words(two)
    )


def test_two_that_differ_by_chance_are_not(compare):
    (two,) = told_apart(compare(right_on(50), right_on(50, first=2)))
    assert two.shared["difference"] == 0
    assert not two.is_apart
    assert two.better is None
    assert two_in_words(two).startswith(
        "A and B cannot be told apart on 100 pairs: the true difference may be anything from −4."
    )


def test_each_of_many_intervals_is_wider_so_that_all_hold_together(compare):
    twos = told_apart(compare(right_on(60), right_on(40), right_on(50)))
    assert [two.shared["level"] for two in twos] == [pytest.approx(1 - 0.05 / 3)] * 3
    first = twos[0].shared
    middle = 20 / 102
    reach = float(ndtri(1 - 0.05 / 6)) * math.sqrt(22 - 102 * middle**2) / 102
    assert first["low"] == pytest.approx(middle - reach, abs=1e-9)
    assert all_in_words(twos) == "Taken two by two, 3 of 3 can be told apart."


def test_each_stands_among_the_others_by_what_can_be_told_apart(compare):
    rows = compare(right_on(60), right_on(40), right_on(60, first=1), None)
    found = standings(rows, told_apart(rows))
    assert [(one.better_than, one.like, one.worse_than) for one in found] == [
        ("B", "C", ""),
        ("", "", "A C"),
        ("B", "A", ""),
        ("", "", ""),
    ]


def test_what_was_never_measured_together_costs_the_others_nothing(compare):
    elsewhere = {f"{at:08x}ffffffff": 1.0 for at in range(500, 600)}
    twos = told_apart(compare(right_on(60), right_on(40), elsewhere, None))
    told = [two for two in twos if two.shared]
    assert [(two.first.letter, two.second.letter) for two in told] == [("A", "B")]
    assert told[0].shared["level"] == 0.95
    few, unknown = twos[1], twos[2]
    assert (few.is_known, unknown.is_known) == (True, False)
    assert "fewer than five held-out pairs are of both" in two_in_words(few)
    assert "it is not known of both on which pairs" in two_in_words(unknown)


def test_pairs_of_one_prompt_count_as_one_by_chance(compare):
    """Ten prompts of ten pairs each say less than a hundred prompts."""

    def prompts(n_right: int) -> dict[str, float]:
        return {f"{at // 10:08x}{at:08x}": float(at < n_right) for at in range(100)}

    (two,) = told_apart(compare(prompts(60), prompts(40)))
    assert two.shared["n_clusters"] == 10
    assert not two.is_apart


def test_scored_alike_comes_before_more_pairs(compare):
    first, second = compare(right_on(60), right_on(40, 90))
    other = Evaluation.objects.create(
        checkpoint=second.checkpoint,
        snapshot=second.run.snapshot,
        run=trained_run("E", snapshot=second.run.snapshot, base=second.run.base, losses=[1.0]),
        figures={"scored_by": "log-prob a token"},
    )
    other.run.summary = {"wins_by_pair": right_on(10)}
    both = Compared(
        tone=2,
        run=second.run,
        checkpoint=second.checkpoint,
        evaluations=(other, *second.evaluations),
    )
    (two,) = told_apart([first, both])
    assert two.is_scored_alike
    assert two.shared["n"] == 90
    assert two.shared["second"] == pytest.approx(40 / 90)
