import pytest

from annotate.errors import InvalidInput
from annotate.judging.simulation import simulate_annotators
from annotate.models import AnnotatorKind, Comparison, Judgement, Lease, LeaseState
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import hold, make_comparison, make_member, make_project

pytestmark = pytest.mark.django_db


def held_aside(n_rows: int, **fields):
    project = make_project(**{"overlap": 3, **fields})
    imported(project, json_lines(*[pair(number) for number in range(n_rows)]))
    return project


def test_simulated_annotators_judge_the_same_comparisons_and_leave_the_rest_untouched():
    project = held_aside(14)
    result = simulate_annotators(project=project, n_annotators=3, seed=1, leave_open=4)
    assert (result.n_annotators, result.n_judgements) == (3, 30)
    counts = sorted(Comparison.objects.values_list("n_counted", flat=True))
    assert counts == [0] * 4 + [3] * 10
    assert hold(make_member(project), project).current is not None


def test_every_simulated_judgement_is_marked_and_has_a_lease_with_its_side():
    project = held_aside(8)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=0)
    judgements = Judgement.objects.select_related("annotator", "lease")
    assert {judgement.annotator.kind for judgement in judgements} == {AnnotatorKind.SIMULATED}
    assert all(judgement.lease.state == LeaseState.SPENT for judgement in judgements)
    for annotator in {judgement.annotator for judgement in judgements}:
        sides = [judgement.first_was_left for judgement in annotator.judgements.all()]
        assert sides.count(True) == 4  # balanced over every eight draws
        assert set(annotator.simulation) >= {"error_rate", "left_bias", "tie_rate", "seed"}
    assert not Lease.objects.filter(state=LeaseState.LIVE).exists()


def test_they_mostly_say_what_people_recorded():
    project = held_aside(60)
    simulate_annotators(project=project, n_annotators=2, seed=3, leave_open=0)
    clear = Judgement.objects.exclude(verdict="tie").select_related("comparison")
    right = [judgement.verdict == judgement.comparison.recorded_verdict for judgement in clear]
    assert 0.7 < sum(right) / len(right) < 1.0


def test_asked_again_the_same_annotators_go_on_and_judge_nothing_twice():
    project = held_aside(10)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=6)
    assert (
        simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=6).n_judgements == 0
    )
    more = simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    assert more.n_judgements == 8
    assert Judgement.objects.values("annotator").distinct().count() == 2


def test_without_recorded_preferences_nothing_is_made_up():
    project = make_project()
    make_comparison(project)
    with pytest.raises(InvalidInput, match="1 open comparisons have no recorded preference"):
        simulate_annotators(project=project, leave_open=0)
    assert not Judgement.objects.exists()


def test_asked_again_when_all_is_done_it_minds_no_comparison_that_came_since():
    project = held_aside(4)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    make_comparison(project)
    again = simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    assert again.n_judgements == 0
