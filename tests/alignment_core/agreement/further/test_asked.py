"""Questions beside the verdict, by hand: scales, yes or no, and reasons that are picked or not."""

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    measure_agreement,
    measure_alpha,
    measure_asked,
    measure_specific,
)

FEW = {"n_resamples": 50}


def table_of(*answers, categories, prompt=None):
    """answers: a list for each comparison, of what the first, second … annotator said."""
    rows = [
        (comparison, annotator, answer)
        for comparison, of_one in enumerate(answers)
        for annotator, answer in enumerate(of_one)
    ]
    comparison, annotator, category = (list(column) for column in zip(*rows, strict=True))
    prompts = None if prompt is None else [prompt[number] for number in comparison]
    return JudgementTable.from_arrays(
        comparison, annotator, category, categories=categories, prompt=prompts
    )


def test_a_reason_agrees_where_others_gave_it_too_for_the_same_answer():
    # of "first": 1 with both, 2 with one alone, 3 with two of three; "second" stands apart
    table = table_of(
        ["first", "first"],
        ["first", "none"],
        ["first", "first", "second"],
        ["none", "none"],
        categories=["none", "first", "second"],
    )
    # who said it: 2, 1, 3; of each the share of others who said the same: 1, 1; 0; ½, ½, 0
    figure = measure_specific(table, **FEW)
    assert figure.value == pytest.approx(3 / 6)
    assert (figure.n_comparisons, figure.n_judgements, figure.interval_undefined) == (
        4,
        9,
        "few_clusters",
    )
    found = measure_asked(table, "picked", **FEW)
    assert found["specific_agreement"] == figure
    assert found["krippendorff_alpha"].value == pytest.approx(measure_alpha(table, **FEW).value)


def test_a_reason_that_nobody_gave_says_so():
    table = table_of(["none", "none"], ["none", "none"], categories=["none", "first"])
    assert measure_specific(table, **FEW).undefined == "nobody_said"
    alone = table_of(["first"], ["none"], categories=["none", "first"])
    assert measure_specific(alone, **FEW).undefined == "single_annotator"
    one = table_of(["first", "first"], categories=["none", "first"])
    figure = measure_specific(one, **FEW)
    assert (figure.value, figure.interval_undefined) == (1.0, "one_comparison")


def test_a_scale_and_yes_or_no_have_the_figures_of_their_kind():
    ratings = table_of([0, 1], [4, 4], [2, 4], [3, 3], categories=range(5))
    found = measure_asked(ratings, "scale", **FEW)
    assert set(found) == {"percent_agreement_by_comparison", "alpha_ordinal", "alpha_interval"}
    # squares within: 1, 0, 4, 0, so Σ = 5 · 2 of 8 judgements; overall the mean is 21/8
    values = np.array([0, 1, 4, 4, 2, 4, 3, 3])
    observed, expected = 5 / 4 / 2, values.var(ddof=1)
    assert found["alpha_interval"].value == pytest.approx(1 - observed / expected)
    assert found["percent_agreement_by_comparison"].value == 0.5
    fine = table_of([1, 1], [1, 0], [1, 1], [0, 0], categories=[0, 1])
    yes = measure_asked(fine, "yes_no", **FEW)
    whole = measure_agreement(fine, n_categories=2, **FEW)
    assert yes == {name: whole[name] for name in yes}
    assert set(yes) == {"percent_agreement_by_comparison", "krippendorff_alpha", "gwet_ac1"}
    with pytest.raises(ValueError, match="kind is 'free', not one of scale, yes_no, picked"):
        measure_asked(fine, "free")


def test_the_interval_of_a_reason_rests_on_the_prompts_where_somebody_gave_it():
    given = [["first", "first"], ["first", "none"]] * 3
    silent = [["none", "none"]] * 50
    table = table_of(*given, *silent, categories=["none", "first"])
    figure = measure_specific(table, **FEW)
    assert figure.value == pytest.approx(6 / 9)
    assert (figure.caution, figure.method) == ("few_prompts", "bca_or_jackknife")
    fewer = table_of(*given[:5], *silent, categories=["none", "first"])
    assert measure_specific(fewer, **FEW).interval_undefined == "few_clusters"


@pytest.mark.slow
def test_the_interval_of_a_reason_holds_the_truth():
    rng, held = np.random.default_rng(8), []
    picked = 0.3, 0.75  # of comparisons where it fits; then each says so
    # who said it met another who said it: fits · p² of fits · p + noise
    truth = picked[0] * picked[1] ** 2 / (picked[0] * picked[1])
    for seed in range(300):
        fits = rng.random((40, 1)) < picked[0]
        said = fits & (rng.random((40, 3)) < picked[1])
        table = table_of(*said.astype(int).tolist(), categories=[0, 1])
        figure = measure_specific(table, n_resamples=300, seed=seed)
        held.append(figure.low is not None and figure.low <= truth <= figure.high)
    assert np.mean(held) > 0.92
