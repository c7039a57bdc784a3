"""What a change would do is what it then does."""

import pytest

from annotate.judging.priorities import set_wanted
from annotate.models import Comparison, ComparisonState, Judgement, Preference, RuleChange
from annotate.projects.change_effects import Preview, preview_change
from annotate.projects.projects import change_project
from annotate.projects.rule_changes import apply_rule_change
from tests.factories import judge_comparison, make_comparison, make_project, make_set

pytestmark = pytest.mark.django_db
SAID = (
    ["first", "first", "second", "first"],
    ["first", "first", "second"],
    ["second", "tie", "second", "first"],
    ["first", "second", "second", "first"],
    ["first", "first", "first", "first"],
    ["first", "first"],
    ["tie"],
    [],
)


@pytest.fixture
def project():
    project = make_project(overlap=4)
    for number, verdicts in enumerate(SAID * 2):
        judge_comparison(make_comparison(project, rand_key=number), *verdicts)
    make_set(project)
    return project


def fared(project) -> dict:
    """The state, whether it is open, and the outcome of every comparison, by its key."""
    live = Preference.objects.filter(comparison__project=project, superseded_at=None)
    outcomes = {one.comparison_id: (one.outcome, one.chosen_id) for one in live}
    rows = Comparison.objects.filter(project=project).values_list("pk", "state", "is_open")
    judged = set(Judgement.objects.values_list("comparison_id", flat=True))
    return {
        pk: (state == ComparisonState.ADJUDICATION, is_open, outcomes.get(pk), pk in judged)
        for pk, state, is_open in rows
    }


def differences(before: dict, after: dict, *, surplus: int) -> Preview:
    """Counted one by one, from what became of them."""
    found = dict.fromkeys(Preview.__dataclass_fields__, 0) | {"surplus": surplus}
    for pk, (waited, was_open, stood, is_judged) in before.items():
        waits, is_open, stands, _is_judged = after[pk]
        has_lost = stood is not None and stands is None
        found["to_ruling"] += waits and has_lost
        found["from_ruling"] += waited and not waits
        found["undone"] += has_lost and not waits
        found["decided"] += stood is None and stands is not None and not waited
        found["other"] += None not in (stood, stands) and stood != stands
        found["opened"] += is_judged and is_open and not was_open
        found["closed"] += is_judged and was_open and not is_open
    return Preview(**found)


@pytest.mark.parametrize(
    "changes",
    [
        {"min_judgements": 4},
        {"min_judgements": 2, "min_agreement": 0.7},
        {"min_agreement": 0.9},
        {"resolution_rule": "posterior", "min_posterior": 0.8},
        {"overlap": 3},
        {"overlap": 2},
        {"overlap": 6},
        {"closes_at": 0.6, "control_every": 3},
        {"closes_at": 0.7, "overlap": 5, "min_judgements": 3},
    ],
)
def test_what_is_foretold_is_what_happens(project, changes):
    before, n_before = fared(project), Judgement.objects.filter(is_counted=True).count()
    foretold = preview_change(project, changes)
    change_project(project=project, changed_by=None, **changes)
    for row in RuleChange.objects.all():
        apply_rule_change(rule_change_id=row.pk)
    surplus = n_before - Judgement.objects.filter(is_counted=True).count()
    assert foretold == differences(before, fared(project), surplus=surplus)
    assert not foretold.is_nothing


def test_by_hand(project):
    found = preview_change(project, {"min_agreement": 0.7})
    # 2 of 4 goes to ruling already; 3 of 4 stays; 2 of 3 with a place free waits for more
    assert found == Preview(undone=2)
    assert found.sentences == ["2 comparisons lose their outcome and wait for more judgements."]


def test_what_is_as_it_was_and_what_decides_nothing_changes_nothing(project):
    assert preview_change(project, {"overlap": 4, "name": "Another"}).is_nothing


def test_turning_adaptive_overlap_off_asks_again(project):
    change_project(project=project, changed_by=None, closes_at=0.6, control_every=3)
    project.refresh_from_db()
    before = fared(project)
    foretold = preview_change(project, {"closes_at": 0.0})
    set_before = Comparison.objects.filter(most__gt=0).count()
    change_project(project=project, changed_by=None, closes_at=0.0)
    assert set_before
    assert foretold == differences(before, fared(project), surplus=0)
    assert set_wanted(project=project, wanted=4) == 0
