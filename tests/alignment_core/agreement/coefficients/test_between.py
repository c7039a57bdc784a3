"""Two people, two cohorts, people and a model, and the same person twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alignment_core.agreement import JudgementTable, measure_pairs
from alignment_core.agreement.coefficients import between
from alignment_core.agreement.coefficients.between import (
    measure_between,
    measure_each_between,
)
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.contingency import (
    cohen_kappa,
    gwet_ac,
    scott_pi,
)
from tests.alignment_core.agreement.reference import (
    TABLES,
    pandalm_table,
    reference_table,
    table_of_ratings,
)

FEW = {"n_resamples": 50}
CONTINGENCY = [n for n, t in TABLES.items() if t["kind"].startswith("contingency")]


@pytest.mark.parametrize("name", CONTINGENCY)
def test_two_people_have_the_reference_figures(name):
    computed = TABLES[name]["computed"]
    figures = measure_between(reference_table(name), [0], [1], **FEW)
    for ours, theirs in {
        "percent_agreement": "percent_agreement",
        "cohen_kappa": "cohen_kappa",
        "scott_pi": "scott_pi",
        "gwet_ac": "gwet_ac1",
        "brennan_prediger": "brennan_prediger",
    }.items():
        assert figures[ours].value == pytest.approx(computed[theirs], abs=6e-6)
    for weights in ("linear", "quadratic"):
        weighted = measure_between(reference_table(name), [0], [1], weights=weights, **FEW)
        expected = computed[f"cohen_kappa_{weights}"]
        assert weighted["cohen_kappa"].value == pytest.approx(expected, abs=1e-6)


def test_one_in_each_group_gives_the_figures_of_the_pair():
    table = pandalm_table()
    (pair,) = [p for p in measure_pairs(table).pairs if p.second == "annotator2"]
    between = measure_between(table, ["annotator1"], ["annotator2"])
    assert between["cohen_kappa"].value == pytest.approx(pair.cohen_kappa.value)
    assert between["cohen_kappa"].low == pytest.approx(pair.cohen_kappa.low, abs=0.02)
    assert between["cohen_kappa"].n_pairs == pair.cohen_kappa.n_pairs


def test_people_beside_a_model_by_hand():
    # comparison 1: people a a, model a: 1; comparison 2: people a b, model b: ½; 3: model alone
    table = JudgementTable.from_arrays(
        [1, 1, 1, 2, 2, 2, 3],
        ["ann", "bob", "model", "ann", "bob", "model", "model"],
        list("aaaabbb"),
    )
    figures = measure_between(table, ["ann", "bob"], ["model"], **FEW)
    percent, kappa = figures["percent_agreement"], figures["cohen_kappa"]
    assert percent.value == pytest.approx(0.75)
    assert (percent.n_comparisons, percent.n_judgements, percent.n_pairs) == (2, 6, 4)
    # people say a ¾, the model ½: chance ¾ · ½ + ¼ · ½ = ½
    assert kappa.value == pytest.approx((0.75 - 0.5) / 0.5)
    assert percent.prevalence == pytest.approx({"a": 0.625, "b": 0.375})


def test_several_pairs_of_groups_are_measured_as_each_alone_and_looked_at_once(monkeypatch):
    table = pandalm_table()
    names = table.annotators.tolist()
    pairs = [([names[0]], names[1:]), (names[:1], names[1:2])]
    pooled = {"n_resamples": 50, "is_pooled": True}
    looked = []
    real = between.caution_of_votes
    monkeypatch.setattr(between, "caution_of_votes", lambda seen: looked.append(1) or real(seen))
    found = measure_each_between(table, pairs, **pooled)
    assert (looked, measure_each_between(table, [])) == ([1], [])
    assert found == [measure_between(table, *pair, **pooled) for pair in pairs]


def test_groups_that_cannot_be_compared_say_why():
    table = JudgementTable.from_arrays([1, 2], ["ann", "bob"], ["a", "b"])
    assert measure_between(table, ["ann"], ["bob"])["cohen_kappa"].undefined == "nothing_shared"
    counts = measure_between(JudgementTable.from_counts([[1, 1]]), ["ann"], ["bob"])
    assert counts["cohen_kappa"].undefined == "annotators_unknown"
    with pytest.raises(ValueError, match="annotator bob is in both groups"):
        measure_between(table, ["ann", "bob"], ["bob"])
    alike = JudgementTable.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], ["a"] * 4, categories="ab")
    figures = measure_between(alike, [1], [2])
    assert figures["percent_agreement"].value == 1
    assert figures["cohen_kappa"].undefined == "one_category"
    assert figures["gwet_ac"].value == 1


RATINGS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=15)


@settings(max_examples=60, deadline=None)
@given(RATINGS, st.permutations([0, 1, 2]))
def test_other_names_for_the_categories_change_nothing_and_conger_of_two_is_cohen(ratings, names):
    cells = np.zeros((3, 3))
    renamed = np.zeros((3, 3))
    for first, second in ratings:
        cells[first, second] += 1
        renamed[names[first], names[second]] += 1
    for coefficient in (cohen_kappa, scott_pi, gwet_ac):
        np.testing.assert_allclose(coefficient(renamed), coefficient(cells))
        np.testing.assert_allclose(coefficient(cells * 3), coefficient(cells))
    conger = measure_conger(table_of_ratings(list(zip(*ratings, strict=True))))
    expected = float(cohen_kappa(cells))
    if conger.undefined is None:
        assert conger.value == pytest.approx(expected, abs=1e-12)
    else:
        assert np.isnan(expected)


def test_independent_judges_agree_no_better_than_chance():
    rng = np.random.default_rng(8)
    ratings = [rng.choice(2, 20_000, p=[p, 1 - p]).tolist() for p in (0.8, 0.8, 0.6)]
    table = table_of_ratings(ratings)
    assert measure_conger(table).value == pytest.approx(0, abs=0.015)
    pair = measure_between(table, [0], [1], **FEW)
    assert pair["cohen_kappa"].value == pytest.approx(0, abs=0.015)
    assert pair["scott_pi"].value == pytest.approx(0, abs=0.015)
    assert pair["gwet_ac"].value > 0.4 < pair["brennan_prediger"].value + 0.1
    even = table_of_ratings([rng.choice(2, 20_000).tolist() for _ in range(2)])
    for name in ("gwet_ac", "brennan_prediger"):
        assert measure_between(even, [0], [1], **FEW)[name].value == pytest.approx(0, abs=0.02)


def test_conger_says_why_it_is_undefined_and_when_it_has_no_interval():
    assert measure_conger(JudgementTable.from_arrays([], [], [])).undefined == "no_judgements"
    assert measure_conger(JudgementTable.from_counts([[1, 1]])).undefined == "annotators_unknown"
    assert measure_conger(table_of_ratings([[1], [2]])).undefined == "one_comparison"
    assert measure_conger(table_of_ratings([[1, 1], [1, 1]])).undefined == "one_category"
    one_prompt = JudgementTable.from_arrays(
        [1, 1, 2, 2], [1, 2, 1, 2], list("abaa"), prompt=list("pppp")
    )
    assert measure_conger(one_prompt).interval_undefined == "one_cluster"


def test_the_jackknife_of_conger_equals_leaving_out_each_prompt_by_hand():
    rng = np.random.default_rng(3)
    n, prompts = 80, np.repeat(np.arange(40), 2)
    comparison, annotator = np.repeat(np.arange(n), 3), np.tile([0, 1, 2], n)
    category = np.where(rng.random(3 * n) < 0.7, np.repeat(rng.integers(0, 3, n), 3), 1)
    keep = rng.random(3 * n) < 0.8

    def kappa(chosen):
        table = JudgementTable.from_arrays(
            comparison[chosen],
            annotator[chosen],
            category[chosen],
            categories=range(3),
            prompt=prompts[comparison[chosen]],
        )
        return measure_conger(table)

    whole = kappa(keep)
    left_out = np.array([kappa(keep & (prompts[comparison] != p)).value for p in range(40)])
    variance = 39 / 40 * ((left_out - left_out.mean()) ** 2).sum()
    sizes = np.bincount(comparison[keep], minlength=n)
    shared = np.bincount(prompts, sizes > 1)  # comparisons of each prompt: what it weighs
    reach = stats.t.ppf(0.975, shared.sum() ** 2 / (shared @ shared) - 1)
    assert (whole.high - whole.low) / 2 == pytest.approx(reach * variance**0.5, rel=1e-6)
