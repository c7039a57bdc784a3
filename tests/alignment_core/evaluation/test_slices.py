import numpy as np
import pytest

from alignment_core.data.records import VerdictCounts
from alignment_core.evaluation.slices import accuracy_slices, ties_report
from tests.alignment_core.small_runs import make_record


def test_accuracy_is_split_by_tag_language_and_length():
    short = {"chosen": "No.", "rejected": "I do not know at all."}
    records = [
        *(make_record(n, tags=("code",), language="en") for n in range(6)),
        *(make_record(n, tags=("code", "maths"), language="zh", **short) for n in range(6, 12)),
    ]
    margins = np.array([1.0] * 5 + [-1.0] + [1.0] * 2 + [0.0] * 2 + [-1.0] * 2)
    slices = accuracy_slices(margins, records)
    assert slices["overall"]["accuracy"]["value"] == pytest.approx((5 + 2 + 1) / 12)
    assert slices["by_length"]["chosen_longer"]["accuracy"]["value"] == pytest.approx(5 / 6)
    assert slices["by_length"]["chosen_not_longer"]["accuracy"]["value"] == pytest.approx(3 / 6)
    assert slices["by_tag"]["code"]["accuracy"]["n"] == 12
    assert slices["by_tag"]["maths"]["accuracy"]["value"] == pytest.approx(0.5)
    assert slices["by_tag"]["maths"]["longer_wins"]["value"] == 0.0
    assert slices["by_language"]["en"]["accuracy"]["value"] == pytest.approx(5 / 6)


def test_pairs_of_one_prompt_widen_every_interval():
    prompt = ({"role": "user", "content": "One and the same"},)
    votes = {"a": VerdictCounts(chosen=2)}
    alike = [
        make_record(
            n, tags=("x",), verdicts_by_cohort=votes, **({"prompt": prompt} if n < 6 else {})
        )
        for n in range(10)
    ]
    slices = accuracy_slices(np.array([1.0] * 6 + [-1.0] * 4), alike)
    for part in (slices["overall"], slices["by_tag"]["x"], slices["by_cohort"]["a"]):
        assert part["accuracy"]["method"] == "wilson over prompts"
        assert part["accuracy"]["high"] - part["accuracy"]["low"] > 0.6  # 0.5 if independent


def test_a_small_slice_is_undefined_and_a_tie_of_people_is_in_none():
    records = [make_record(0, tags=("rare",)), *(make_record(n) for n in range(1, 6))]
    records.append(make_record(6, outcome="tie"))
    slices = accuracy_slices(np.ones(7), records)
    assert slices["by_tag"]["rare"]["accuracy"]["undefined"].startswith("because there are 1 pairs")
    assert slices["overall"]["accuracy"]["n"] == 6


def test_a_cohorts_own_majority_counts():
    # everyone together preferred chosen; the cohort "b" preferred rejected
    votes = {"a": VerdictCounts(chosen=3), "b": VerdictCounts(chosen=1, rejected=2)}
    tied = {"b": VerdictCounts(chosen=1, rejected=1)}
    records = [make_record(n, verdicts_by_cohort=votes) for n in range(5)]
    records.append(make_record(5, verdicts_by_cohort=tied))
    by_cohort = accuracy_slices(np.ones(6), records)["by_cohort"]
    assert by_cohort["a"]["accuracy"]["value"] == 1.0
    assert by_cohort["b"]["accuracy"]["value"] == 0.0
    assert by_cohort["b"]["accuracy"]["n"] == 5
    assert by_cohort["b"]["longer_wins"]["value"] == pytest.approx(
        1 - by_cohort["a"]["longer_wins"]["value"]
    )


def test_ties_are_found_where_the_scorer_sees_less_of_a_difference():
    records = [make_record(n, outcome="tie") for n in range(5)]
    records += [make_record(n) for n in range(5, 10)]
    margins = np.array([0.1, -0.2, 0.3, 0.4, 3.0, 1.0, -2.0, 3.0, 4.0, 0.0])
    report = ties_report(margins, records)
    # couples won: four ties are below {1, 2, 3, 4} but above 0: 4 × 4; the fifth is below 4, and
    # equal to 3: 1 + ½
    assert report["closer"]["value"] == pytest.approx((16 + 1.5) / 25)
    assert (report["n_people"], report["n_scorer"]) == (5, 1)
    assert "undefined" in ties_report(margins[4:], records[4:])["closer"]
