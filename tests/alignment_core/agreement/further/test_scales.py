"""Weighted coefficients of verdicts and strengths, by hand."""

import json

import pytest

from alignment_core.agreement import (
    JudgementTable,
    measure_alpha,
    weighted_strengths,
    weighted_verdicts,
)

VERDICTS = ("first", "second", "tie", "both_bad")
FEW = {"n_resamples": 9}


def table_of(*rows, strength=None):
    """Rows of (comparison, annotator, verdict)."""
    return JudgementTable.from_arrays(
        *zip(*rows, strict=True), categories=VERDICTS, strength=strength
    )


ROWS = [
    (1, "ann", "first"),
    (1, "bob", "tie"),
    (2, "ann", "second"),
    (2, "bob", "second"),
    (3, "ann", "first"),
    (3, "bob", "second"),
    (3, "cat", "both_bad"),
]


def test_a_tie_is_half_way_and_both_bad_has_no_place():
    verdicts = weighted_verdicts(table_of(*ROWS), **FEW)
    assert json.loads(json.dumps(verdicts, allow_nan=False)) == verdicts
    assert (verdicts["n_judgements"], verdicts["n_left_out"]) == (6, 1)
    # credits by linear weights: ½, 1 and 0; by quadratic: ¾, 1 and 0; by ordinal: ⅔, 1 and 0
    found = {w: f["weighted_agreement"]["value"] for w, f in verdicts["weighted"].items()}
    assert found == pytest.approx({"linear": 1.5 / 3, "quadratic": 1.75 / 3, "ordinal": 5 / 9})
    assert set(verdicts["weighted"]["linear"]) == {
        "weighted_agreement",
        "weighted_fleiss_kappa",
        "gwet_ac2",
        "weighted_brennan_prediger",
        "conger_kappa",
    }
    # on three equally distant verdicts mean linear credit of all 9 pairs is 5/9
    kappa = verdicts["weighted"]["linear"]["weighted_brennan_prediger"]["value"]
    assert kappa == pytest.approx((1 / 2 - 5 / 9) / (1 - 5 / 9))
    assert weighted_strengths(table_of(*ROWS), **FEW)["undefined"] == "strengths_unknown"


def test_strengths_lie_on_one_scale_from_second_to_first():
    scale = weighted_strengths(table_of(*ROWS, strength=[3, None, 1, None, 0, 2, 3]), **FEW)
    # nine steps, as ann once chose the first by 0: ann +4, -2, +1; bob 0 (a tie), left out, -3
    assert (scale["n_judgements"], scale["n_left_out"]) == (5, 2)
    assert scale["categories"][0] == "second by 3"
    assert scale["categories"][3:6] == ["second by 0", "even", "first by 0"]
    on_scale = JudgementTable.from_arrays(
        [1, 1, 2, 3, 3], ["ann", "bob", "ann", "ann", "bob"], [4, 0, -2, 1, -3]
    )
    wanted = measure_alpha(on_scale, "interval", **FEW).value
    assert scale["alpha"]["interval"]["value"] == pytest.approx(wanted)
    # distances 4 and 4 of 8
    found = scale["weighted"]["linear"]["weighted_agreement"]["value"]
    assert found == pytest.approx(1 / 2)


def test_without_a_choice_by_nothing_the_weakest_step_lies_beside_a_tie():
    scale = weighted_strengths(table_of(*ROWS[:2], strength=[1, None]), **FEW)
    assert scale["categories"][2:5] == ["second by 1", "even", "first by 1"]
    found = scale["weighted"]["linear"]["weighted_agreement"]["value"]
    assert found == pytest.approx(5 / 6)


def test_without_ties_there_is_no_middle():
    table = table_of(*ROWS[2:6], (4, "ann", "tie"), strength=[0, 0, 3, 1, None])
    scale = weighted_strengths(table, steps=(0, 1, 2, 3), has_ties=False, **FEW)
    assert scale["categories"][3:5] == ["second by 0", "first by 0"]
    assert (scale["n_judgements"], scale["n_left_out"]) == (4, 1)
    # both by 0 on 2; on 3 first by 3 and second by 1, which lie 5 steps of 7 apart
    found = scale["weighted"]["linear"]["weighted_agreement"]["value"]
    assert found == pytest.approx((1 + 2 / 7) / 2)


def test_a_step_that_was_not_offered_has_no_place():
    table = table_of(*ROWS[2:6], strength=[1, 2, 0, 3])
    scale = weighted_strengths(table, steps=(1, 2, 3), **FEW)
    assert (scale["n_judgements"], scale["n_left_out"]) == (3, 1)
    for steps in ((), (1, 4), (-1, 2)):
        with pytest.raises(ValueError, match="steps are"):
            weighted_strengths(table, steps=steps)


def test_an_empty_table_and_one_of_counts():
    empty = JudgementTable.from_arrays([], [], [], categories=VERDICTS)
    for measure in (weighted_verdicts, weighted_strengths):
        assert measure(empty, **FEW)["undefined"] == "no_judgements"
        with pytest.raises(ValueError, match="judgements with their annotators"):
            measure(JudgementTable.from_counts([[1, 1]]))


@pytest.mark.parametrize("strength", [-1, 4, 1.5])
def test_a_strength_off_the_scale_is_refused_by_its_value(strength):
    with pytest.raises(ValueError, match=f"a strength is {float(strength)}, not a whole number"):
        weighted_strengths(table_of(*ROWS, strength=[strength, *[1] * 6]))
