"""What holds for the weighted coefficients of any table, and where they are undefined."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.weighted import measure_alpha, measure_weighted

FEW = {"n_resamples": 2}
ROWS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=3, max_size=3),
    min_size=2,
    max_size=8,
)


def _table(rows, copies=1, mirror=False, shift=0):
    found = [
        (comparison + 100 * copy, (judge + shift) % 3, 2 - rating if mirror else rating)
        for copy in range(copies)
        for comparison, ratings in enumerate(rows)
        for judge, rating in enumerate(ratings)
        if rating is not None
    ]
    assume(found)
    return JudgementTable.from_arrays(*zip(*found, strict=True), categories=range(3))


def _values(table):
    figures = measure_weighted(table, "quadratic", **FEW)
    figures["conger"] = measure_conger(table, "linear")
    return {name: figure.value for name, figure in figures.items()}


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(2, 3))
def test_the_same_table_several_times_changes_nothing_but_alpha(rows, copies):
    once, often = _table(rows), _table(rows, copies)
    assume((once.counts.sum(axis=1) > 1).sum() > 1)
    assert _values(often) == pytest.approx(_values(once), abs=1e-12)
    alpha, more = (measure_alpha(table, "interval", **FEW).value for table in (once, often))
    if alpha not in (None, 1.0):
        assert more < alpha


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 2))
def test_turning_the_scale_round_or_renaming_judges_changes_nothing(rows, shift):
    table, turned = _table(rows), _table(rows, mirror=True, shift=shift)
    assert _values(turned) == pytest.approx(_values(table), abs=1e-12)
    for metric in ("nominal", "ordinal", "interval"):
        one, other = (measure_alpha(t, metric, **FEW).value for t in (table, turned))
        assert other == pytest.approx(one, abs=1e-9)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (JudgementTable.from_arrays([], [], [], categories="ab"), "no_judgements"),
        (JudgementTable.from_arrays([1, 2], [1, 1], ["a", "b"]), "single_annotator"),
        (JudgementTable.from_arrays([1, 2], [1, 2], ["a", "b"]), "nothing_shared"),
        (JudgementTable.from_counts([[1, 1]]), "one_comparison"),
        (JudgementTable.from_counts([[2, 0], [3, 0]]), "one_category"),
    ],
)
def test_what_cannot_be_computed_says_why(table, reason):
    assert measure_alpha(table, "interval", values=[0, 1], **FEW).undefined == reason
    assert measure_weighted(table, **FEW)["weighted_fleiss_kappa"].undefined == reason


def test_a_scale_with_two_categories_gives_chance_a_meaning_even_where_one_is_seen():
    figures = measure_weighted(JudgementTable.from_counts([[2, 0], [3, 0]]), "identity", **FEW)
    assert figures["weighted_agreement"].value == 1
    assert figures["gwet_ac2"].value == figures["weighted_brennan_prediger"].value == 1


def test_a_near_miss_costs_less_than_a_far_one():
    near = JudgementTable.from_counts([[1, 1, 0], [0, 1, 1], [2, 0, 0], [0, 0, 2]])
    far = JudgementTable.from_counts([[1, 0, 1], [1, 0, 1], [2, 0, 0], [0, 0, 2]])
    # two pairs agree, two are a step apart (credit ¾) or two (credit 0), by quadratic weights
    for table, expected in ((near, (2 + 2 * 0.75) / 4), (far, 2 / 4)):
        figure = measure_weighted(table, "quadratic", **FEW)["weighted_agreement"]
        assert figure.value == pytest.approx(expected)
    assert np.isclose(measure_weighted(near, "identity", **FEW)["weighted_agreement"].value, 0.5)
