"""The section of repeats, by hand."""

import json

import pytest

from alignment_core.agreement import JudgementTable, repeated_verdicts


def table_of(then, now, **recorded):
    """Ann judges as many comparisons as there are letters, each of a prompt of its own, twice."""
    n = len(then)
    return JudgementTable.from_arrays(
        [*range(n)] * 2,
        ["ann"] * 2 * n,
        [*then, *now],
        is_repeat=[False] * n + [True] * n,
        prompt=[*range(n)] * 2,
        **recorded,
    )


def test_what_was_said_again_is_set_beside_what_was_said_first():
    section = repeated_verdicts(table_of("aaaaabbb", "aaaababb"), n_resamples=200)
    assert json.loads(json.dumps(section, allow_nan=False)) == section
    assert (section["undefined"], section["n_repeats"], section["n_alone"]) == (None, 8, 0)
    percent, kappa = (section["figures"][name] for name in ("percent_agreement", "cohen_kappa"))
    assert percent["value"] == 6 / 8
    assert 0 <= percent["low"] < 0.75 < percent["high"] <= 1
    assert percent["reading"] is None  # bands for two people say nothing of one
    # chance is (5/8)² + (3/8)² = 34/64
    assert kappa["value"] == pytest.approx((48 - 34) / (64 - 34))
    assert kappa["reading"]["key"] == "landis_koch_moderate"
    (ann,) = section["annotators"]
    assert (ann["annotator"], ann["n_repeats"]) == ("ann", 8)
    assert ann["percent_agreement"]["value"] == 0.75
    assert ann["percent_agreement"]["low"] < 0.75 < ann["percent_agreement"]["high"]


def test_sides_and_times_are_told_where_they_are_known():
    section = repeated_verdicts(
        table_of(
            "aaa",
            "aaa",
            first_left=[1, 0, None, 0, 0, 1],
            time=[0, 10, None, 3600, 7210, 5],
        ),
        n_resamples=9,
    )
    assert section["n_sides_exchanged"] == 1
    assert section["median_seconds_between"] == 5400  # of 3,600 and 7,200
    bare = repeated_verdicts(table_of("a", "a"), n_resamples=9)
    assert (bare["n_sides_exchanged"], bare["median_seconds_between"]) == (0, None)
    assert bare["figures"]["cohen_kappa"]["undefined"] == "one_comparison"


def test_without_repeats_it_says_so():
    once = JudgementTable.from_arrays([1, 2], ["ann", "bob"], ["a", "b"])
    alone = JudgementTable.from_arrays([1, 2], ["ann", "ann"], list("ab"), is_repeat=[0, 1])
    for table, n_alone in ((once, 0), (alone, 1), (JudgementTable.from_counts([[1, 1]]), 0)):
        section = repeated_verdicts(table, n_resamples=9)
        assert (section["undefined"], section["n_repeats"]) == ("no_repeats", 0)
        assert (section["n_alone"], section["annotators"]) == (n_alone, [])
        assert section["figures"]["percent_agreement"]["undefined"] == "no_repeats"


def test_only_those_who_are_asked_for_are_measured():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 2], ["ann", "ann", "bob", "bob"], list("aaab"), is_repeat=[0, 1, 0, 1]
    )
    section = repeated_verdicts(table, annotators=["bob", "cat"], n_resamples=9)
    assert section["figures"]["percent_agreement"]["value"] == 0
    assert [entry["annotator"] for entry in section["annotators"]] == ["bob"]
    assert repeated_verdicts(table, annotators=[], n_resamples=9)["undefined"] == "no_repeats"
