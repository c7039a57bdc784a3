"""Judgements asked for where people disagree: found, and left out of the figures that they bend."""

import json

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
    agreement_report,
    detect_redundancy,
    measure_agreement,
    measure_alpha,
    measure_between,
    measure_conger,
    measure_drift,
    measure_pairs,
    measure_weighted,
    redundancy_of,
    without_selected,
)

N_CATEGORIES = 3


def _until(rule, *, n=600, seed=0, columns=("time",), is_shuffled=False):
    """Comparisons judged until `rule`, of what was said and a draw, says that it is enough."""
    rng = np.random.default_rng(seed)
    rows = []
    for comparison in range(n):
        hidden, said = rng.integers(N_CATEGORIES), []
        while len(said) < 5 and not rule(said, rng):
            said.append(rng.integers(N_CATEGORIES) if rng.random() < 0.5 else hidden)
        who = rng.permutation(9)
        places = rng.permutation(len(said)) if is_shuffled else range(len(said))
        rows += [
            (comparison, who[k], verdict, 10 * comparison + place)
            for k, (verdict, place) in enumerate(zip(said, places, strict=True))
        ]
    comparison, annotator, category, place = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    return JudgementTable.from_arrays(
        comparison,
        annotator,
        category,
        categories=range(N_CATEGORIES),
        **dict.fromkeys(columns, place),
    )


def _two_agree(said, rng):
    return len(said) >= 2 and np.bincount(said).max() >= 2


def _three_then_two_agree(said, rng):
    return len(said) >= 3 and np.bincount(said).max() >= 2


def _most_who_differ_go_on(said, rng):
    return len(said) >= 2 and (said[0] == said[1] or rng.random() < 0.4)


def _at_random(said, rng):
    return len(said) >= 2 and rng.random() < 0.5


def _always_three(said, rng):
    return len(said) == 3


def _category_decides(said, rng):
    return bool(said) and said[0] == 0


TRUE = measure_agreement(_until(_always_three, n=6000, seed=9), n_resamples=2)


@pytest.mark.parametrize("order", ["time", "order"])
@pytest.mark.parametrize(
    ("rule", "m"), [(_two_agree, 2), (_three_then_two_agree, 3), (_most_who_differ_go_on, 2)]
)
def test_votes_added_where_people_disagree_are_found_and_left_out(rule, m, order):
    table = _until(rule, columns=[order])
    found = detect_redundancy(table)
    assert (found.depends_on_votes, found.m, found.order) == (True, m, order)
    assert found.is_corrected
    assert found.n_left_out == (table.counts.sum(axis=1) - m).sum()
    corrected = measure_agreement(without_selected(table, found), n_resamples=200)
    for name, figure in corrected.items():
        assert figure.low - 0.02 < TRUE[name].value < figure.high + 0.02, name


def test_the_report_is_of_the_first_judgements_and_says_so():
    table = _until(_two_agree)
    with pytest.warns(UserWarning, match="verdicts decided how often"):
        raw = measure_agreement(table, n_resamples=2)
    assert {figure.caution for figure in raw.values()} == {"votes_decided"}
    report = agreement_report(table, n_resamples=50)
    json.dumps(report)
    assert report["redundancy"]["is_corrected"] is True
    for name, truth in TRUE.items():
        assert report["figures"][name]["value"] == pytest.approx(truth.value, abs=0.06)
        assert abs(raw[name].value - truth.value) > 0.04
    assert report["counts"]["n_judgements"] == table.n_judgements
    pairs = report["pairs"]["listed"]
    assert sum(pair["cohen_kappa"]["n_comparisons"] for pair in pairs) == 600
    assert report["drift"]["n_judgements"] == 1200


@pytest.mark.parametrize("columns", [[], ["order"]])
def test_without_an_order_to_be_believed_it_is_said_and_nothing_is_corrected(columns):
    table = _until(_two_agree, columns=columns, is_shuffled=True)
    found = detect_redundancy(table)
    assert (found.depends_on_votes, found.order, found.is_corrected) == (True, None, False)
    assert without_selected(table, found) is table
    counts = JudgementTable.from_counts(table.counts)
    assert detect_redundancy(counts).depends_on_votes


@pytest.mark.filterwarnings("ignore:verdicts decided")
def test_every_figure_of_agreement_carries_the_caution_and_none_of_the_first_judgements_does():
    table = _until(_two_agree, n=300)
    measures = {
        "headline": lambda of: measure_agreement(of, n_resamples=9).values(),
        "weighted": lambda of: measure_weighted(of, n_resamples=9).values(),
        "alpha": lambda of: [measure_alpha(of, "ordinal", n_resamples=9)],
        "conger": lambda of: [measure_conger(of)],
        "between": lambda of: measure_between(of, range(4), range(4, 9), n_resamples=9).values(),
        "pairs": lambda of: [
            figure
            for pair in measure_pairs(of, n_resamples=9).pairs
            for figure in (pair.percent_agreement, pair.cohen_kappa)
        ],
        "drift": lambda of: [measure_drift(of).everybody],
    }
    unselected = without_selected(table, detect_redundancy(table))
    for name, measure in measures.items():
        assert {figure.caution for figure in measure(table)} == {"votes_decided"}, name
        assert "votes_decided" not in {figure.caution for figure in measure(unselected)}, name


def test_the_report_cautions_where_nothing_can_be_corrected_and_nowhere_else():
    shuffled = agreement_report(_until(_two_agree, columns=[]), n_resamples=9)
    assert {figure["caution"] for figure in shuffled["figures"].values()} == {"votes_decided"}
    assert shuffled["pairs"]["listed"][0]["cohen_kappa"]["caution"] == "votes_decided"
    ordered = agreement_report(_until(_two_agree), n_resamples=9)
    assert {figure["caution"] for figure in ordered["figures"].values()} == {None}


def test_where_the_first_verdict_decides_there_is_nothing_to_correct_by():
    found = detect_redundancy(_until(_category_decides))
    assert (found.depends_on_votes, found.m, found.is_corrected) == (True, 1, False)


@pytest.mark.parametrize("rule", [_always_three, _at_random])
@pytest.mark.parametrize("seed", range(4))
def test_redundancy_that_is_drawn_or_the_same_for_all_is_not_accused(rule, seed):
    table = _until(rule, n=200, seed=seed)
    found = detect_redundancy(table)
    assert not found.depends_on_votes
    assert without_selected(table, found) is table


def test_an_empty_table_and_one_judgement_each_depend_on_nothing():
    for table in (
        JudgementTable.from_arrays([], [], []),
        JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"]),
    ):
        assert not detect_redundancy(table).depends_on_votes


def test_how_many_were_asked_for_is_taken_where_it_is_known():
    table = JudgementTable.from_arrays(
        [0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [0, 1, 1, 0, 0], categories=range(2), time=range(5)
    )
    known = redundancy_of(table, 2)
    assert (known.m, known.order, known.is_corrected, known.n_left_out) == (2, "time", True, 1)
    assert without_selected(table, known).counts.tolist() == [[1, 1], [2, 0]]
    assert agreement_report(table, asked_of_all=2)["redundancy"]["m"] == 2
    assert not redundancy_of(table, 3).depends_on_votes
    assert not redundancy_of(table).depends_on_votes  # too few to find it out
