"""The same person twice, by hand."""

import pytest

from alignment_core.agreement import JudgementTable, measure_repeats
from tests.alignment_core.agreement.reference import pandalm_table

FEW = {"n_resamples": 9}


def test_a_person_is_compared_with_what_they_said_before():
    #            ann repeats 1 (same), 2 (other); bob repeats 1 (same); cat judged once
    table = JudgementTable.from_arrays(
        [1, 2, 1, 2, 1, 1, 3],
        ["ann", "ann", "ann", "ann", "bob", "bob", "cat"],
        list("abaabba"),
        is_repeat=[0, 0, 1, 1, 0, 1, 0],
    )
    everybody = measure_repeats(table, **FEW)["percent_agreement"]
    assert everybody.value == pytest.approx(2 / 3)
    assert (everybody.n_pairs, everybody.n_judgements) == (3, 6)
    assert measure_repeats(table, annotators=["ann"], **FEW)["percent_agreement"].value == 0.5
    assert measure_repeats(table, annotators=["bob", "dan"], **FEW)["percent_agreement"].value == 1
    for nobody in (["cat"], ["dan"], []):
        found = measure_repeats(table, annotators=nobody, **FEW)["cohen_kappa"]
        assert (found.undefined, found.n_pairs) == ("no_repeats", 0)
    assert measure_repeats(pandalm_table(), **FEW)["cohen_kappa"].undefined == "no_repeats"


def test_a_repeat_whose_first_judgement_is_not_there_is_beside_nothing():
    alone = JudgementTable.from_arrays([1, 2], ["ann", "ann"], list("ab"), is_repeat=[1, 1])
    assert measure_repeats(alone, **FEW)["percent_agreement"].undefined == "no_repeats"
    table = JudgementTable.from_arrays(
        [1, 2, 2, 3], ["ann"] * 4, list("abbb"), is_repeat=[0, 1, 1, 1]
    )
    assert measure_repeats(table, **FEW)["percent_agreement"].n_pairs == 0


def test_each_of_several_repeats_is_beside_the_first():
    table = JudgementTable.from_arrays(
        [1, 1, 1], ["ann"] * 3, list("aab"), is_repeat=[False, True, True]
    )
    found = measure_repeats(table, **FEW)["percent_agreement"]
    assert (found.value, found.n_pairs) == (0.5, 2)
