"""Gold that somebody may know: all right, and faster than they read anything else."""

import pytest

from annotate.models import Membership, Verdict
from annotate.quality.leaks import chance_of_less, leak_of
from tests.factories import hold, judge, make_comparisons, make_member, make_project


def test_the_chance_is_mann_whitneys():
    # U = 0 of 9 pairs: z = 4.5 / sqrt(9 / 12 * 7) = 1.964
    assert chance_of_less([1, 2, 3], [4, 5, 6]) == pytest.approx(0.02477, abs=1e-4)
    assert chance_of_less([4, 5, 6], [1, 2, 3]) == pytest.approx(1 - 0.02477, abs=1e-4)
    # one tie of two: n·m/12 · (7 − 6/30); U = .5
    assert chance_of_less([1, 2, 3], [3, 5, 6]) == pytest.approx(0.03829, abs=1e-4)
    assert chance_of_less([2, 2], [2, 2]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "n_wrong", "is_leak"), [(5, 0, True), (5, 1, False), (30, 0, False)]
)
def test_only_both_signs_together_are_a_leak(seconds, n_wrong, is_leak):
    project = make_project()
    make_comparisons(project, 20, gold_verdict=Verdict.FIRST)
    make_comparisons(project, 20)
    annotator = make_member(project)
    n_gold = 0
    for number in range(40):
        lease = hold(annotator, project).current
        is_gold = bool(lease.comparison.gold_verdict)
        n_gold += is_gold
        verdict = Verdict.SECOND if is_gold and n_gold <= n_wrong else Verdict.FIRST
        judge(annotator, lease, verdict, seconds=(seconds if is_gold else 30) + number % 5)
    leak = leak_of(Membership.objects.get(annotator=annotator))
    assert (leak is not None) == is_leak
    if leak:
        assert (leak.n, leak.seconds < 10, leak.seconds_else >= 30) == (20, True, True)
