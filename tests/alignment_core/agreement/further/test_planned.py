"""How many more judgements a narrower interval needs."""

import json

import pytest

from alignment_core.agreement import (
    Figure,
    JudgementTable,
    agreement_report,
    comparisons_needed,
    imagined_pilot,
    plan_agreement,
    planned,
)

IMAGINED = imagined_pilot(n_categories=3, n_annotators=3)


def pilot_report():
    table = plan_agreement(prevalence=[0.5, 0.5], error=0.4, n_annotators=3, n_comparisons=100)
    return agreement_report(table)


def test_half_the_width_needs_four_times_as_many_by_hand():
    report = pilot_report()
    alpha = report["figures"]["krippendorff_alpha"]
    width = alpha["high"] - alpha["low"]
    plan = planned(report, IMAGINED, widths=[width / 2, width * 2])
    entry = plan["figures"]["krippendorff_alpha"]
    narrow, wide = entry["needed"]
    assert entry["width"] == pytest.approx(width)
    assert narrow["n_comparisons"] == pytest.approx(400, abs=1)
    assert narrow["n_more_comparisons"] == narrow["n_comparisons"] - 100
    assert narrow["n_more_judgements"] == 3 * narrow["n_more_comparisons"]
    assert narrow["n_more_prompts"] == narrow["n_more_comparisons"]
    assert wide["n_comparisons"] == pytest.approx(25, abs=1)
    assert (wide["n_more_comparisons"], wide["n_more_judgements"]) == (0, 0)
    assert plan["imagined"] is None
    json.dumps(plan, allow_nan=False)


def test_before_there_is_a_pilot_an_imagined_one_stands_in_and_says_what_it_imagines():
    empty = JudgementTable.from_arrays([], [], [])
    plan = planned(agreement_report(empty), IMAGINED, widths=[0.1])
    assert plan["figures"]["krippendorff_alpha"] == {
        "undefined": "no_judgements",
        "width": None,
        "n_comparisons": 0,
        "needed": [],
    }
    imagined = plan["imagined"]
    assert imagined["settings"] == {"n_categories": 3, "n_annotators": 3, "error": 0.2}
    alpha = Figure.from_dict(IMAGINED["krippendorff_alpha"])
    assert imagined["needed"] == [
        {"width": 0.1, "n_comparisons": comparisons_needed(alpha, width=0.1)}
    ]


def test_a_width_of_nothing_is_refused():
    with pytest.raises(ValueError, match="width must be above 0"):
        planned(pilot_report(), IMAGINED, widths=[0])
