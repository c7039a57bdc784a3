import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    measure_agreement,
    measure_between,
    measure_conger,
    measure_pairs,
    measure_weighted,
)
from tests.alignment_core.agreement.reference import REFERENCE, table_of_ratings

PERCENT = ("percent_agreement", "percent_agreement_by_comparison")
CORRECTED = ("krippendorff_alpha", "fleiss_kappa", "gwet_ac1")
EDGES = {case["name"]: case["data"] for case in REFERENCE["edge_cases"]}


def _reasons(table, names, **settings):
    figures = measure_agreement(table, **settings)
    for name in names:  # no value, no interval, and not two reasons
        figure = figures[name]
        assert (figure.value, figure.low, figure.high) == (None, None, None)
        assert figure.interval_undefined is None
    return {figures[name].undefined for name in names}


def test_an_empty_table_has_no_judgements():
    empty = JudgementTable.from_arrays([], [], [], categories=["first", "second"])
    assert _reasons(empty, PERCENT + CORRECTED) == {"no_judgements"}
    assert _reasons(JudgementTable.from_counts([]), PERCENT + CORRECTED) == {"no_judgements"}
    assert _reasons(JudgementTable.from_counts([[0, 0]]), PERCENT) == {"no_judgements"}


def test_one_annotator_everywhere_leaves_everything_undefined():
    table = table_of_ratings(EDGES["single_annotator"])
    assert _reasons(table, PERCENT + CORRECTED) == {"single_annotator"}
    assert measure_pairs(table).pairs == ()


def test_annotators_who_share_nothing_leave_everything_undefined():
    table = table_of_ratings(EDGES["no_overlap"])
    assert _reasons(table, PERCENT + CORRECTED) == {"nothing_shared"}
    (pair,) = measure_pairs(table).pairs
    assert pair.cohen_kappa.undefined == pair.percent_agreement.undefined == "nothing_shared"
    assert pair.cohen_kappa.n_comparisons == 0
    assert measure_pairs(table).n_sharing == 0


def test_counts_of_one_judgement_each_share_nothing():
    assert _reasons(JudgementTable.from_counts([[1, 0], [0, 1]]), PERCENT) == {"nothing_shared"}


def test_one_category_leaves_chance_correction_undefined_but_not_percent_agreement():
    table = table_of_ratings(EDGES["no_variation"])
    assert _reasons(table, CORRECTED) == {"one_category"}
    figures = measure_agreement(table)
    for name in PERCENT:
        assert figures[name].value == 1
        assert (figures[name].low, figures[name].interval_undefined) == (None, "few_clusters")
    (pair,) = measure_pairs(table).pairs
    assert pair.cohen_kappa.undefined == "one_category"
    assert pair.percent_agreement.value == 1


def test_ac1_of_one_observed_category_is_1_on_a_scale_known_to_hold_two():
    figures = measure_agreement(table_of_ratings(EDGES["no_variation"]), n_categories=2)
    assert figures["gwet_ac1"].value == 1
    assert figures["gwet_ac1"].interval_undefined == "few_clusters"
    assert figures["fleiss_kappa"].undefined == "one_category"


def test_one_shared_comparison_gives_percent_agreement_without_interval_and_nothing_else():
    table = table_of_ratings([["a", "b"], ["b", None], ["a", None]])
    assert _reasons(table, CORRECTED) == {"one_comparison"}
    percent = measure_agreement(table)["percent_agreement"]
    assert percent.value == pytest.approx(1 / 3)
    assert (percent.low, percent.interval_undefined) == (None, "one_comparison")
    pair = next(p for p in measure_pairs(table).pairs if (p.first, p.second) == (0, 2))
    assert pair.cohen_kappa.undefined == "one_comparison"
    assert pair.percent_agreement.value == 1
    assert pair.percent_agreement.interval_undefined == "one_comparison"


def test_comparisons_of_one_prompt_give_values_without_intervals():
    table = JudgementTable.from_counts([[2, 0], [0, 2], [1, 1]], prompt=[7, 7, 7])
    figure = measure_agreement(table)["krippendorff_alpha"]
    assert figure.value == pytest.approx(1 - (2 / 6) / (1 - 12 / 30))
    assert (figure.low, figure.high, figure.interval_undefined) == (None, None, "one_cluster")


@pytest.mark.parametrize(
    ("n_prompts", "reason"),
    [(1, "one_cluster"), (2, "few_clusters"), (5, "few_clusters"), (6, None)],
)
def test_so_few_prompts_that_no_resample_reaches_far_enough_give_no_interval(n_prompts, reason):
    rng = np.random.default_rng(0)  # two prompts: intervals of 28 to 60 % coverage, at 95
    n = 20 * n_prompts
    table = JudgementTable.from_arrays(
        np.repeat(np.arange(n), 2), np.tile([0, 1], n), rng.integers(0, 2, 2 * n),
        prompt=np.repeat(np.arange(n) % n_prompts, 2),
    )  # fmt: skip
    figures = measure_agreement(table) | measure_between(table, [0], [1])
    figures |= measure_weighted(table) | {"conger": measure_conger(table)}
    figures["pair"] = measure_pairs(table).pairs[0].cohen_kappa
    assert {figure.interval_undefined for figure in figures.values()} == {reason}
    assert all((figure.low is None) == (reason is not None) for figure in figures.values())


def test_an_interval_is_refused_where_many_resamples_see_one_category_only():
    # a third of the resamples of these comparisons lack the one that has a second category
    table = JudgementTable.from_counts([[2, 0]] * 29 + [[1, 1]])
    figure = measure_agreement(table)["krippendorff_alpha"]
    assert figure.value is not None
    assert (figure.low, figure.interval_undefined) == (None, "unstable")


def test_complete_agreement_has_no_interval_because_no_resample_differs():
    figure = measure_agreement(JudgementTable.from_counts([[3, 0], [0, 3]] * 20))["fleiss_kappa"]
    assert (figure.value, figure.interval_undefined) == (1, "no_variation")


def test_counts_without_annotators_have_no_pairs():
    matrix = measure_pairs(JudgementTable.from_counts([[2, 0], [0, 2]]))
    assert (matrix.pairs, matrix.undefined) == ((), "annotators_unknown")


@pytest.mark.parametrize(
    "settings", [{"level": 1.0}, {"level": 0.0}, {"n_resamples": 1}, {"n_categories": 1}]
)
def test_settings_out_of_range_are_refused_with_their_value(settings):
    (name, value) = next(iter(settings.items()))
    with pytest.raises(ValueError, match=rf"{name}.*{value}|{value}.*{name}"):
        measure_agreement(JudgementTable.from_counts([[1, 1], [2, 0]]), **settings)
