"""Judgements that come and go leave what a table built afresh gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_core.agreement import JudgementTable, measure_agreement
from alignment_core.agreement.coefficients.coefficients import HEADLINE
from alignment_core.agreement.coefficients.updated_sums import RunningTable

MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from("abc")), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_any_history_of_additions_and_withdrawals_equals_the_table_built_afresh(moves):
    running, held = RunningTable("abc"), {}
    for comparison, annotator, category in moves:
        if (comparison, annotator) in held:
            running.withdraw(comparison, annotator)
            del held[comparison, annotator]
        else:
            running.add(comparison, annotator, category)
            held[comparison, annotator] = category
    assert len(running) == len(held)
    afresh = JudgementTable.from_arrays(
        [c for c, _ in held], [a for _, a in held], list(held.values()), categories="abc"
    )
    for coefficient, figure in zip(
        HEADLINE, measure_agreement(afresh, n_resamples=2).values(), strict=True
    ):
        if figure.undefined is None:
            assert running.value(coefficient) == pytest.approx(figure.value, abs=1e-12)
    assert running.to_table().counts.tolist() == afresh.counts.tolist()


def test_shards_merge_and_keep_what_was_recorded():
    first = RunningTable("ab").add(1, "ann", "a", prompt="p", seconds=2.0)
    second = RunningTable("ab").add(1, "bob", "b", prompt="p").add(2, "ann", "b", prompt="q")
    table = first.merge(second).to_table()
    assert table.counts.tolist() == [[1, 1], [0, 1]]
    assert table.prompts.tolist() == ["p", "q"]
    np.testing.assert_array_equal(table.rows.seconds, [2.0, np.nan, np.nan])


def test_what_cannot_be_added_or_withdrawn_is_named_and_changes_nothing():
    running = RunningTable("ab").add(1, "ann", "a")
    with pytest.raises(ValueError, match="annotator ann judged comparison 1 twice"):
        running.add(1, "ann", "b")
    with pytest.raises(ValueError, match="category is c, not one of a, b"):
        running.add(1, "bob", "c")
    with pytest.raises(ValueError, match="colour is no column"):
        running.add(1, "bob", "a", colour="red")
    with pytest.raises(ValueError, match="annotator bob has no judgement of 1"):
        running.withdraw(1, "bob")
    assert len(running) == 1
