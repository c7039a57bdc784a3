"""What holds for any table, and the definitions written out as loops."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignment_core.agreement import JudgementTable, measure_agreement, measure_pairs

N_RESAMPLES = 20
FAST = settings(max_examples=60, deadline=None)

# tables drawn freely are now and then such as votes that decide would make
pytestmark = pytest.mark.filterwarnings("ignore:verdicts decided how often")


@st.composite
def votes(draw):
    """A dictionary (comparison, annotator) → category, with judgements missing at will."""
    n_comparisons, n_annotators = draw(st.integers(2, 8)), draw(st.integers(2, 4))
    cells = st.one_of(st.none(), st.integers(0, 2))
    grid = draw(
        st.lists(
            st.lists(cells, min_size=n_annotators, max_size=n_annotators),
            min_size=n_comparisons,
            max_size=n_comparisons,
        )
    )
    found = {
        (c, a): vote for c, row in enumerate(grid) for a, vote in enumerate(row) if vote is not None
    }
    assume(found)
    return found


def _table(found):
    keys = np.array(list(found))
    return JudgementTable.from_arrays(keys[:, 0], keys[:, 1], list(found.values()))


def _figures(found):
    return measure_agreement(_table(found), n_resamples=N_RESAMPLES)


def _values(found):
    return {name: figure.value for name, figure in _figures(found).items()}


def _by_comparison(found):
    groups = {}
    for (comparison, _), vote in found.items():
        groups.setdefault(comparison, []).append(vote)
    return list(groups.values())


def _agreement(group):
    pairs = list(permutations(group, 2))
    return sum(a == b for a, b in pairs) / len(pairs)


def _alpha(groups):
    """Krippendorff's coincidence matrix, entry by entry."""
    coincidences = np.zeros((3, 3))
    for group in groups:
        for a, b in permutations(group, 2):
            coincidences[a, b] += 1 / (len(group) - 1)
    margin = coincidences.sum(axis=1)
    n = margin.sum()
    expected = n * n - (margin**2).sum()
    if expected == 0:
        return None
    return 1 - (n - 1) * (n - np.trace(coincidences)) / expected


@FAST
@given(votes())
def test_coefficients_equal_their_definitions_written_as_loops(found):
    groups = _by_comparison(found)
    shared = [group for group in groups if len(group) > 1]
    assume(len(shared) > 1)
    values = _values(found)
    observed = np.mean([_agreement(group) for group in shared])
    assert values["percent_agreement_by_comparison"] == pytest.approx(observed)
    pairs = [pair for group in shared for pair in combinations(group, 2)]
    assert values["percent_agreement"] == pytest.approx(np.mean([a == b for a, b in pairs]))
    assert values["krippendorff_alpha"] == pytest.approx(_alpha(shared), abs=1e-12)
    shares = np.mean([[group.count(c) / len(group) for c in range(3)] for group in groups], axis=0)
    chance = float(shares @ shares)
    if chance < 1:
        assert values["fleiss_kappa"] == pytest.approx((observed - chance) / (1 - chance))
        n_observed = len(set(found.values()))
        spread = float(shares @ (1 - shares)) / (n_observed - 1)
        assert values["gwet_ac1"] == pytest.approx((observed - spread) / (1 - spread))
    else:
        assert values["fleiss_kappa"] is values["gwet_ac1"] is None


@FAST
@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_judgements_changes_nothing_not_even_the_interval(found, random):
    shuffled = list(found.items())
    random.shuffle(shuffled)
    assert _figures(dict(shuffled)) == _figures(found)


@FAST
@given(votes(), st.permutations([0, 1, 2]))
def test_other_names_for_the_categories_change_no_value(found, names):
    renamed = {key: names[vote] for key, vote in found.items()}
    assert _values(renamed) == pytest.approx(_values(found))


@FAST
@given(votes(), st.permutations([0, 1, 2, 3]))
def test_other_names_for_the_annotators_change_no_value(found, names):
    renamed = {(comparison, names[a]): vote for (comparison, a), vote in found.items()}
    assert _values(renamed) == pytest.approx(_values(found))


@FAST
@given(votes(), st.integers(2, 4))
def test_the_same_table_several_times_changes_only_alpha(found, n_copies):
    copies = {
        (comparison + 100 * copy, annotator): vote
        for (comparison, annotator), vote in found.items()
        for copy in range(n_copies)
    }
    once, often = _values(found), _values(copies)
    assume(once["fleiss_kappa"] is not None)
    for name in once.keys() - {"krippendorff_alpha"}:
        assert often[name] == pytest.approx(once[name], abs=1e-12)
    if once["krippendorff_alpha"] not in (None, 1.0):  # alpha corrects for few judgements
        assert often["krippendorff_alpha"] < once["krippendorff_alpha"]


@FAST
@given(votes())
def test_pairs_equal_their_definition_on_the_comparisons_both_judged(found):
    matrix = measure_pairs(_table(found), n_resamples=N_RESAMPLES)
    n_annotators = len({annotator for _, annotator in found})
    assert len(matrix.pairs) == n_annotators * (n_annotators - 1) // 2
    for pair in matrix.pairs:
        both = [
            (vote, found[comparison, pair.second])
            for (comparison, annotator), vote in found.items()
            if annotator == pair.first and (comparison, pair.second) in found
        ]
        assert pair.cohen_kappa.n_comparisons == len(both)
        if not both:
            continue
        observed = np.mean([a == b for a, b in both])
        assert pair.percent_agreement.value == pytest.approx(observed)
        first, second = zip(*both, strict=True)
        chance = sum(first.count(c) * second.count(c) for c in range(3)) / len(both) ** 2
        if len(both) > 1 and chance < 1:
            expected = (observed - chance) / (1 - chance)
            assert pair.cohen_kappa.value == pytest.approx(expected, abs=1e-12)
        else:
            assert pair.cohen_kappa.undefined in ("one_comparison", "one_category")


def test_independent_annotators_agree_no_better_than_chance():
    rng = np.random.default_rng(8)
    choices = rng.choice(2, size=(20_000, 3), p=[0.8, 0.2])
    counts = (choices[:, :, None] == np.arange(2)).sum(axis=1)
    figures = measure_agreement(JudgementTable.from_counts(counts))
    for name in ("krippendorff_alpha", "fleiss_kappa"):
        assert figures[name].value == pytest.approx(0, abs=0.01)
    # AC1's chance agreement supposes less skew: 2 · 0.8 · 0.2 = 0.32 where 0.68 agree by chance
    assert figures["gwet_ac1"].value == pytest.approx(0.36 / 0.68, abs=0.01)
