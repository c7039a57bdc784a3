"""Values of annotators by the model of margins, as the report tells them."""

import json

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, fit_pairwise, fitted_margins
from alignment_core.agreement.annotators.pairwise_step import PairPrior

VERDICTS = ("first", "second", "tie", "both_bad")


def simulated():
    """60 comparisons: two who follow the margin, one who takes the left, of three."""
    rng = np.random.default_rng(0)
    margin, left = rng.normal(size=60), rng.integers(0, 2, (60, 3))
    said = np.where(margin[:, None] + rng.normal(size=(60, 3)) / 2 > 0, "first", "second")
    said[:, 2] = np.where(left[:, 2] == 1, "first", "second")
    return JudgementTable.from_arrays(
        np.repeat(np.arange(60), 3),
        np.tile(["ann", "bob", "lefty"], 60),
        said.ravel(),
        categories=VERDICTS,
        first_left=left.ravel(),
    )


def test_values_are_those_of_the_fitted_model_and_a_pull_is_found():
    table = simulated()
    section = fitted_margins(table)
    assert json.loads(json.dumps(section, allow_nan=False)) == section
    model = fit_pairwise(table)
    ann, _bob, lefty = section["annotators"]
    assert ann["reliability"]["value"] == pytest.approx(model.values[0, 0], abs=1e-3)
    half = 1.959964 * model.standard_errors[0, 0]
    assert ann["reliability"]["high"] == pytest.approx(model.values[0, 0] + half, abs=1e-3)
    assert ann["reliability"]["reading"] is None  # a prior holds it
    assert lefty["left_pull"]["reading"]["key"] == "pull_left"
    assert ann["left_pull"]["reading"]["key"] == "pull_none_shown"
    assert ann["tie_width"]["low"] >= 0
    assert section["has_converged"]
    difficulties = [entry["difficulty"] for entry in section["difficult"]]
    assert difficulties == sorted(difficulties, reverse=True)
    assert len(difficulties) == 20


def test_a_prior_alone_is_never_told_as_a_finding():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 3],
        ["ann", "bob", "ann", "cat"],
        ["first", "second", "first", "both_bad"],
        categories=VERDICTS,
        first_left=[True, None, False, True],
    )
    ann, bob, cat = fitted_margins(table, tie=None)["annotators"]
    assert ann["left_pull"]["undefined"] is None
    assert bob["left_pull"]["undefined"] == "sides_unknown"
    assert cat["reliability"]["undefined"] == cat["left_pull"]["undefined"] == "no_judgements"
    assert ann["tie_width"] is None
    alone = JudgementTable.from_arrays(
        [1, 1, 2], ["ann", "bob", "cat"], ["first"] * 3, categories=VERDICTS
    )
    *_others, cat = fitted_margins(alone)["annotators"]
    assert cat["reliability"]["undefined"] == "nothing_shared"
    assert PairPrior().reliability == 1.5  # what it would have said


COUNTS = JudgementTable.from_counts([[1, 1]], categories=["first", "second"])


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (JudgementTable.from_arrays([], [], [], categories=VERDICTS), "no_judgements"),
        (
            JudgementTable.from_arrays([1], ["a"], ["both_bad"], categories=VERDICTS),
            "no_judgements",
        ),
        (JudgementTable.from_arrays([1, 2], ["a"] * 2, ["first"] * 2), "single_annotator"),
        (JudgementTable.from_arrays([1, 2], ["a", "b"], ["first"] * 2), "nothing_shared"),
        (
            JudgementTable.from_counts([[1, 1]], categories=["first", "second"]),
            "annotators_unknown",
        ),
    ],
)
def test_what_cannot_be_fitted_says_why(table, reason):
    section = fitted_margins(table)
    assert section["undefined"] == reason
    assert section["annotators"] == section["difficult"] == []


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="level must lie"):
        fitted_margins(simulated(), level=0)


def test_comparisons_whose_keys_are_objects_are_named_by_them():
    keys = np.array(["a\0", "a", "a\0", "a"], dtype=object)  # NUL is cut off an array of text
    table = JudgementTable.from_arrays(
        keys,
        ["ann", "ann", "bob", "bob"],
        ["first", "first", "second", "first"],
        categories=VERDICTS,
    )
    found = {entry["comparison"] for entry in fitted_margins(table)["difficult"]}
    assert found == {"a\0", "a"}
