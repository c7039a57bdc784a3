"""The picture of a pair's stake: worked by hand, and within its frame whatever comes."""

import pytest

from annotate.arena.evidence_curve import evidence_curve, stake_in_words


def test_three_points_are_where_they_were_worked_out():
    """The field is 10 votes wide, and from a stake of ½ to one of 40: ln 80 = 4.382 high."""
    curve = evidence_curve([(0, 1.0), (1, 1.0), (2, 440 / 420)], decided_after=None)
    # 126 − 116 · ln 2 / ln 80, and 36 + 294 · n / 10
    assert curve.line == "M36.0 107.7L65.4 107.7L94.8 106.4"
    assert curve.end == ("94.8", "106.4")
    assert curve.decided is None
    assert [(tick.at, tick.word, tick.decides) for tick in curve.stakes] == [
        ("107.7", "1", False),
        ("28.3", "20", True),
    ]
    assert [(tick.at, tick.word) for tick in curve.votes] == [
        ("36.0", "0"),
        ("183.0", "5"),
        ("330.0", "10"),
    ]
    assert curve.rows == [("0", "1.00"), ("1", "1.00"), ("2", "1.05")]


@pytest.mark.parametrize("stake", [1e-300, 1e-9, 1e9, 1e300])
def test_no_stake_leaves_the_frame(stake):
    curve = evidence_curve([[0, 1.0], [50, stake]], decided_after=50 if stake > 1 else None)
    assert curve.end == ("330.0", "10.0" if stake > 1 else "126.0")
    assert curve.decided == (curve.end if stake > 1 else None)


def test_the_table_is_short_and_has_the_vote_that_decided():
    stakes = [(n, 1 + n / 4) for n in range(121)]
    curve = evidence_curve(stakes, decided_after=77)
    assert len(curve.rows) <= 18
    assert {"0", "77", "120"} <= {n for n, _stake in curve.rows}


@pytest.mark.parametrize(
    ("stake", "words"), [(0.2, "0.20"), (9.99, "9.99"), (19.6, "20"), (2e5, "over 1,000")]
)
def test_a_stake_is_told_as_exactly_as_it_matters(stake, words):
    assert stake_in_words(stake) == words
