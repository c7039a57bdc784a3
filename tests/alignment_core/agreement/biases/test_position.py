import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    measure_haste,
    measure_length,
    measure_position,
)
from alignment_core.agreement.reading import read_position


def _table(left_chosen, annotator):
    n = len(left_chosen)
    return JudgementTable.from_arrays(range(n), annotator, ["a"] * n, left_chosen=left_chosen)


def test_share_of_left_leaves_ties_out_in_all_and_by_annotator():
    sides = [True, True, False, None, True, None]
    bias = measure_position(_table(sides, ["ann", "ann", "ann", "ann", "bob", "cat"]))
    assert bias.everybody.value == pytest.approx(3 / 4)
    assert (bias.everybody.n_judgements, bias.everybody.n_comparisons) == (4, 4)
    assert bias.everybody.low < 0.75 < bias.everybody.high
    by_annotator = dict(bias.annotators)
    assert by_annotator["ann"].value == pytest.approx(2 / 3)
    assert by_annotator["bob"].value == 1
    assert (by_annotator["cat"].value, by_annotator["cat"].undefined) == (None, "sides_unknown")


def test_comparisons_are_counted_once_however_many_judged_them():
    table = JudgementTable.from_arrays(
        [1, 1, 2], ["ann", "bob", "ann"], ["a", "b", "a"], left_chosen=[True, False, True]
    )
    everybody = measure_position(table).everybody
    assert (everybody.n_comparisons, everybody.n_judgements) == (2, 3)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (JudgementTable.from_counts([[1, 1]]), "sides_unknown"),
        (JudgementTable.from_arrays([1], ["ann"], ["a"]), "sides_unknown"),
        (JudgementTable.from_arrays([], [], []), "no_judgements"),
        (JudgementTable.from_arrays([], [], [], left_chosen=[]), "no_judgements"),
    ],
)
def test_without_recorded_sides_the_share_is_undefined(table, reason):
    everybody = measure_position(table).everybody
    assert (everybody.value, everybody.low, everybody.undefined) == (None, None, reason)
    assert read_position(everybody) is None


@pytest.mark.parametrize(
    ("n_left", "key"), [(50, "position_even"), (75, "position_left"), (25, "position_right")]
)
def test_a_side_is_preferred_only_where_the_interval_leaves_out_one_half(n_left, key):
    table = _table([True] * n_left + [False] * (100 - n_left), ["ann"] * 100)
    assert read_position(measure_position(table).everybody).key == key


def _votes(is_left, prompt=None):
    """Ten people on each comparison, (n_comparisons, 10)."""
    n, people = is_left.shape
    return JudgementTable.from_arrays(
        np.repeat(np.arange(n), people),
        np.tile(np.arange(people), n),
        ["a"] * (n * people),
        prompt=None if prompt is None else np.repeat(prompt, people),
        left_chosen=is_left.ravel(),
    )


@pytest.mark.parametrize("n", [12, 40])
@pytest.mark.parametrize(("even", "leaning"), [(0.5, 0.9), (0.5, 0.5)])
def test_the_interval_holds_a_lean_that_only_some_comparisons_have(n, even, leaning):
    rng = np.random.default_rng(5)
    held = []
    for _ in range(150):
        share = np.where(rng.random((n, 1)) < 0.5, even, leaning)
        figure = measure_position(_votes(rng.random((n, 10)) < share)).everybody
        held.append(figure.low <= (even + leaning) / 2 <= figure.high)
    assert np.mean(held) > 0.91  # as independent judgements: 0.77 of the leaning


def test_comparisons_of_a_prompt_count_together_and_one_prompt_gives_no_interval():
    is_left = np.repeat(np.arange(24) % 4 < 2, 10).reshape(24, 10)
    apart, together, alone = (
        measure_position(_votes(is_left, prompt)).everybody
        for prompt in (None, np.arange(24) // 2, np.zeros(24))
    )
    assert apart.value == together.value == alone.value == 0.5
    assert together.high - together.low > apart.high - apart.low
    assert (alone.low, alone.interval_undefined) == (None, "one_cluster")
    assert read_position(alone) is None


def test_where_all_chose_left_each_comparison_counts_once():
    figure = measure_position(_votes(np.ones((40, 10), dtype=bool))).everybody
    assert (figure.value, figure.high) == (1, 1)
    assert 0.8 < figure.low < 0.95
    assert read_position(figure).key == "position_left"


@pytest.mark.parametrize("n_prompts", [12, 40])
def test_the_interval_of_somebody_keeps_the_comparisons_of_a_prompt_together(n_prompts):
    # ann leans on half of the prompts, on all ten comparisons of each; bob nowhere
    rng, held = np.random.default_rng(3), {"ann": [], "bob": []}
    prompt = np.repeat(np.arange(n_prompts), 10)
    for _ in range(150):
        leaning = np.where(rng.random(n_prompts) < 0.5, 0.5, 0.95)[prompt]
        table = JudgementTable.from_arrays(
            np.tile(np.arange(len(prompt)), 2),
            np.repeat(["ann", "bob"], len(prompt)),
            ["a"] * (2 * len(prompt)),
            prompt=np.tile(prompt, 2),
            left_chosen=rng.random(2 * len(prompt)) < np.concatenate([leaning, 0.5 + 0 * leaning]),
        )
        for (key, figure), share in zip(
            measure_position(table).annotators, (0.725, 0.5), strict=True
        ):
            held[key].append(figure.low <= share <= figure.high)
    assert np.mean(held["ann"]) > 0.91  # as independent judgements: 0.70
    assert np.mean(held["bob"]) > 0.91


def test_shares_of_each_are_those_of_their_own_judgements_alone():
    rng = np.random.default_rng(6)
    n = 60
    columns = {
        "annotator": rng.permutation(np.resize(["ann", "bob", "cat"], n)),
        "prompt": np.arange(n) // 4,
        "left_chosen": [None if draw > 0.8 else draw < 0.5 for draw in rng.random(n)],
        "length_difference": rng.integers(-1, 2, n),
        "seconds": rng.integers(1, 20, n),
        "words": rng.integers(50, 200, n),
    }
    whole = JudgementTable.from_arrays(range(n), category=["a"] * n, **columns)
    for measure in (measure_position, measure_length, measure_haste):
        for key, figure in measure(whole).annotators:
            own = np.flatnonzero(columns["annotator"] == key)
            part = {name: [column[i] for i in own] for name, column in columns.items()}
            alone = JudgementTable.from_arrays(own, category=["a"] * len(own), **part)
            assert figure == pytest.approx(measure(alone).everybody)
            assert figure.method == "wilson_clusters"


def test_somebody_who_judged_comparisons_of_one_prompt_has_no_interval():
    table = JudgementTable.from_arrays(
        range(6), ["ann"] * 5 + ["bob"], ["a"] * 6, prompt=[1, 1, 1, 1, 1, 2],
        left_chosen=[True] * 5 + [False],
    )  # fmt: skip
    for _key, figure in measure_position(table).annotators:
        assert (figure.low, figure.interval_undefined) == (None, "one_cluster")
        assert read_position(figure) is None
