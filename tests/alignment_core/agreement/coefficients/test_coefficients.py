import pytest

from alignment_core.agreement import JudgementTable, measure_agreement, measure_pairs
from tests.alignment_core.agreement.reference import (
    REFERENCE,
    TABLES,
    pandalm_table,
    reference_table,
)

_OURS = {
    "alpha_nominal": "krippendorff_alpha",
    "krippendorff_alpha_nominal": "krippendorff_alpha",
    "fleiss_kappa": "fleiss_kappa",
    "scott_pi": "fleiss_kappa",  # for two judges and no missing judgement they are the same
    "gwet_ac1": "gwet_ac1",
    "percent_agreement": "percent_agreement",
}


def _expected(kind: str) -> list[tuple[str, str, float]]:
    """(table, our figure, reference value) for everything computed or published that we have."""
    found = []
    for name, table in TABLES.items():
        entries = dict(table[kind]) if kind in table else {}
        for key, value in entries.pop("irrCAC", {}).items():
            entries.setdefault(key, value["value"])
        found += [(name, _OURS[key], value) for key, value in entries.items() if key in _OURS]
    return found


def _decimals(value: float) -> int:
    return len(str(value).partition(".")[2])


@pytest.mark.parametrize(("name", "figure", "value"), _expected("computed"))
def test_coefficients_equal_those_of_the_reference_packages(name, figure, value):
    ours = measure_agreement(reference_table(name))[figure].value
    assert ours == pytest.approx(value, abs=6e-6)  # the coarsest package gives 5 decimals


@pytest.mark.parametrize(("name", "figure", "value"), _expected("published"))
def test_coefficients_equal_the_published_ones_to_the_decimals_printed(name, figure, value):
    ours = measure_agreement(reference_table(name))[figure].value
    assert round(ours, _decimals(value)) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", [n for n, t in TABLES.items() if "cohen_kappa" in t["published"]])
def test_cohen_kappa_equals_the_reference(name):
    (pair,) = measure_pairs(reference_table(name)).pairs
    published = TABLES[name]["published"]["cohen_kappa"]
    assert pair.cohen_kappa.value == pytest.approx(
        TABLES[name]["computed"]["cohen_kappa"], abs=1e-6
    )
    assert round(pair.cohen_kappa.value, _decimals(published)) == pytest.approx(published)


def test_the_kappa_paradox_shows_in_kappa_and_not_in_ac1():
    figures = measure_agreement(reference_table("kappa_paradox"))
    assert figures["percent_agreement"].value == pytest.approx(0.944)
    assert figures["fleiss_kappa"].value < 0 < 0.94 < figures["gwet_ac1"].value


def test_the_votes_of_pandalm_give_their_reference_figures():
    expected = REFERENCE["pandalm_votes"]
    table = pandalm_table()
    figures = measure_agreement(table)
    assert table.n_judgements == expected["n_votes"]
    assert (
        dict(zip(table.categories, table.counts.sum(axis=0), strict=True))
        == expected["label_counts"]
    )
    percent = expected["percent_agreement"]
    assert figures["percent_agreement"].value == pytest.approx(
        percent["pooled_over_vote_pairs"], abs=1e-6
    )
    assert figures["percent_agreement_by_comparison"].value == pytest.approx(
        percent["mean_over_tasks_with_2plus_votes"], abs=1e-6
    )
    assert figures["krippendorff_alpha"].value == pytest.approx(
        expected["krippendorff_alpha"]["nominal"], abs=1e-6
    )
    assert figures["fleiss_kappa"].value == pytest.approx(expected["fleiss_kappa"], abs=1e-6)
    assert figures["gwet_ac1"].value == pytest.approx(expected["gwet_ac1"], abs=6e-6)
    assert figures["gwet_ac1"].n_pairs == percent["n_vote_pairs"]


def test_pairs_of_pandalm_annotators_give_their_reference_figures():
    pairs = {f"{p.first}|{p.second}": p for p in measure_pairs(pandalm_table()).pairs}
    expected = REFERENCE["pandalm_votes"]["cohen_kappa"]
    assert pairs.keys() == expected.keys()
    for name, pair in pairs.items():
        assert pair.cohen_kappa.value == pytest.approx(expected[name]["kappa"], abs=1e-6)
        assert pair.percent_agreement.value == pytest.approx(expected[name]["agreement"], abs=1e-6)
        assert pair.cohen_kappa.n_comparisons == expected[name]["n"]


def test_comparisons_judged_once_count_only_in_the_chance_agreement_of_fleiss_and_gwet():
    # by hand: two comparisons (x x) and (x y), and one judged once: y
    with_single = [[2, 0], [1, 1], [0, 1]]
    figures = measure_agreement(JudgementTable.from_counts(with_single))
    # shares: x (1 + 1/2 + 0) / 3 = 1/2, so p_e = 1/2 for both; p_a = (1 + 0) / 2
    assert figures["fleiss_kappa"].value == pytest.approx(0.0)
    assert figures["gwet_ac1"].value == pytest.approx(0.0)
    # alpha knows 4 judgements, 3 x and 1 y: D_o = 2/4, D_e = 1 - 6/12, alpha = 0
    assert figures["krippendorff_alpha"].value == pytest.approx(0.0)
    assert figures["krippendorff_alpha"].n_comparisons == 2
    assert figures["krippendorff_alpha"].n_judgements == 4
    assert figures["krippendorff_alpha"].prevalence == {"0": 0.75, "1": 0.25}
