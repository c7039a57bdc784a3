"""Random tables: the same figures as other packages, whose numbers `data/packages.json` holds."""

import json
from pathlib import Path

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.annotators.dawid_skene import fit_dawid_skene
from alignment_core.agreement.coefficients.coefficients import brennan_prediger
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.contingency import cohen_kappa
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.coefficients.weighted import measure_alpha, measure_weighted
from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.ratings.rating import rate_models
from tests.alignment_core.agreement.reference import (
    REFERENCE,
    pandalm_table,
    reference_table,
    rte_table,
)

PACKAGES = json.loads(
    (Path(__file__).parent / "data" / "packages.json").read_text(encoding="utf-8")
)
OURS = {
    "percent": "weighted_agreement",
    "gwet": "gwet_ac2",
    "fleiss": "weighted_fleiss_kappa",
    "bp": "weighted_brennan_prediger",
}
FEW = {"n_resamples": 2}


def _table(entry):
    rows = [
        (comparison, judge, rating)
        for comparison, ratings in enumerate(entry["data"])
        for judge, rating in enumerate(ratings)
        if rating is not None
    ]
    return JudgementTable.from_arrays(
        *zip(*rows, strict=True), categories=range(1, entry["categories"] + 1)
    )


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic", "ordinal"])
@pytest.mark.parametrize("entry", PACKAGES["many_judges"])
def test_weighted_coefficients_of_many_judges_equal_irrcac(entry, weights):
    expected = entry["irrCAC"][weights]
    figures = measure_weighted(_table(entry), weights, **FEW)
    for theirs, ours in OURS.items():
        assert figures[ours].value == pytest.approx(expected[theirs], abs=1e-10)
    conger = measure_conger(_table(entry), weights)
    assert conger.value == pytest.approx(expected["conger"], abs=1e-10)
    assert conger.low < conger.value < conger.high


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("entry", PACKAGES["many_judges"])
def test_alpha_equals_the_package_krippendorff(entry, metric):
    expected = entry["krippendorff"][metric]
    assert measure_alpha(_table(entry), metric, **FEW).value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("entry", PACKAGES["many_judges"])
def test_without_weights_the_weighted_figures_are_the_headline_ones(entry):
    table, q = _table(entry), entry["categories"]
    plain = measure_agreement(table, n_categories=q, **FEW)
    weighted = measure_weighted(table, "identity", **FEW)
    assert weighted["gwet_ac2"].value == pytest.approx(plain["gwet_ac1"].value)
    assert weighted["weighted_fleiss_kappa"].value == pytest.approx(plain["fleiss_kappa"].value)
    nominal = measure_alpha(table, **FEW)
    assert nominal.value == pytest.approx(plain["krippendorff_alpha"].value)
    even = measure_agreement(table, [brennan_prediger], n_categories=q, **FEW)
    assert weighted["weighted_brennan_prediger"].value == pytest.approx(
        even["brennan_prediger"].value
    )


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
@pytest.mark.parametrize("entry", PACKAGES["two_judges"])
def test_cohen_kappa_equals_statsmodels(entry, weights):
    cells = np.array(entry["data"], dtype=float)
    expected = entry["statsmodels"][weights]
    of_pairs = agreement_weights(weights, [str(n) for n in range(len(cells))])
    assert cohen_kappa(cells, of_pairs) == pytest.approx(expected["kappa"], abs=1e-12)


@pytest.mark.parametrize("entry", PACKAGES["complete"])
def test_fleiss_kappa_equals_statsmodels(entry):
    figures = measure_agreement(JudgementTable.from_counts(entry["data"]), **FEW)
    assert figures["fleiss_kappa"].value == pytest.approx(
        entry["statsmodels"]["fleiss_kappa"], abs=1e-12
    )


@pytest.mark.parametrize("entry", PACKAGES["matches"])
def test_ratings_equal_choix_without_ties_and_evalica_with_ties_as_halves(entry):
    first, second, score = map(np.array, zip(*entry["data"], strict=True))
    halves = rate_models(Matches.from_arrays(first, second, score), ties="bradley_terry")
    np.testing.assert_allclose(halves.strength, entry["evalica_bradley_terry"], atol=1e-5)
    decided = score != 0.5
    plain = rate_models(Matches.from_arrays(first[decided], second[decided], score[decided]))
    np.testing.assert_allclose(plain.strength, entry["choix_without_ties"], atol=1e-5)


@pytest.mark.parametrize("entry", PACKAGES["sparse_votes"])
def test_dawid_skene_reaches_a_likelihood_no_worse_than_crowd_kit(entry):
    comparison, annotator, category = map(list, zip(*entry["data"], strict=True))
    table = JudgementTable.from_arrays(comparison, annotator, category)
    model = fit_dawid_skene(table, tolerance=1e-13, max_iterations=20_000)
    assert model.log_likelihood >= entry["crowd_kit"]["log_likelihood"] - 1e-4


def test_classic_tables_and_real_votes_give_the_reference_kappas():
    for name in ("krippendorff_2011_4_observers", "gwet_4raters"):
        expected = REFERENCE["tables"]
        (entry,) = [table for table in expected if table["name"] == name]
        wanted = entry["computed"]["irrCAC"]["conger_kappa"]["value"]
        assert measure_conger(reference_table(name)).value == pytest.approx(wanted, abs=6e-6)
    for name, table in (("pandalm_votes", pandalm_table()), ("rte_votes", rte_table()[0])):
        expected = REFERENCE[name]
        assert measure_conger(table).value == pytest.approx(expected["conger_kappa"], abs=6e-6)
        figures = measure_agreement(table, [brennan_prediger], **FEW)
        assert figures["brennan_prediger"].value == pytest.approx(
            expected["brennan_prediger"], abs=6e-6
        )
    alphas = REFERENCE["pandalm_votes"]["krippendorff_alpha"]
    votes = pandalm_table()
    named = np.array(votes.categories)[votes.rows.category]
    in_order = JudgementTable.from_arrays(
        votes.rows.comparison, votes.rows.annotator, named, categories=["a", "tie", "b"]
    )
    for metric, expected in alphas.items():
        assert measure_alpha(in_order, metric, **FEW).value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", ["ordinal", "interval", "ratio"])
def test_the_published_alphas_of_krippendorff_2011(metric):
    table = reference_table("krippendorff_2011_4_observers")
    assert round(measure_alpha(table, metric, **FEW).value, 3) == pytest.approx(
        {"ordinal": 0.815, "interval": 0.849, "ratio": 0.797}[metric]
    )


def test_the_published_weighted_kappa_of_fleiss_cohen_and_everitt():
    (entry,) = [t for t in REFERENCE["tables"] if t["name"] == "fleiss_cohen_everitt_1969"]
    cells = np.array(entry["data"], dtype=float)
    linear = agreement_weights("linear", ["1", "2", "3"])
    assert round(float(cohen_kappa(cells, linear)), 3) == entry["published"]["cohen_kappa_linear"]
