"""What a selection that cannot be frozen is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Judgement
from tests.factories import judge_comparison, make_comparison, make_project
from tests.training.conftest import freeze, simulate
from training.errors import SnapshotRefused
from training.models import Snapshot
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_snapshot_without_pairs_is_refused_with_what_was_left_out(judged_project):
    project = judged_project(4)
    simulate(project)
    with pytest.raises(SnapshotRefused, match=r"4 rest on judgements of kinds .*simulated"):
        freeze(project)
    tied = make_project(overlap=1)
    judge_comparison(make_comparison(tied), "tie")
    with pytest.raises(SnapshotRefused, match="1 are ties or “both bad”"):
        freeze(tied)
    empty = make_project()
    make_comparison(empty)
    make_comparison(empty, state="staged")  # nobody sees it yet
    with pytest.raises(SnapshotRefused, match="1 comparisons have 0 judgements"):
        freeze(empty)
    with pytest.raises(SnapshotRefused, match="held-out side"):
        freeze(judged_project(1), eval_share=0.999999)
    assert not Snapshot.objects.exists()


def test_dates_and_agreement_that_leave_nothing_are_named(judged_project):
    project = judged_project(3)
    with pytest.raises(SnapshotRefused, match="3 lie outside the dates"):
        freeze(project, since=timezone.now() + timedelta(days=1))
    with pytest.raises(SnapshotRefused, match="3 lie outside the dates"):
        freeze(project, until=timezone.now() - timedelta(days=1))
    divided = make_project(overlap=3, min_agreement=0.5)
    judge_comparison(make_comparison(divided), "first", "first", "second")
    with pytest.raises(SnapshotRefused, match=r"1 have an agreement below 0\.9"):
        freeze(divided, min_agreement=0.9)


def test_cohorts_that_leave_nothing_are_named(judged_project):
    with pytest.raises(SnapshotRefused, match="3 come from other cohorts") as refused:
        freeze(judged_project(3), cohorts=("experts",))
    assert "kinds" not in str(refused.value)


def test_where_both_answers_are_bad_there_is_no_order():
    project = make_project(overlap=1)
    judge_comparison(make_comparison(project), "both_bad")
    with pytest.raises(SnapshotRefused, match="1 are ties or “both bad”"):
        freeze(project)


def test_withdrawn_judgements_are_not_counted_as_there():
    project = make_project(overlap=2)
    kept, withdrawn = judge_comparison(make_comparison(project), "first", "second")
    Judgement.objects.filter(pk=withdrawn.pk).update(withdrawn_at=kept.judged_at)
    with pytest.raises(SnapshotRefused, match="1 comparisons have 1 judgements"):
        freeze(project)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kinds": ["robot"]}, "kinds"),
        ({"min_agreement": 1.5}, "min_agreement"),
        ({"min_agreement": -0.1}, "min_agreement"),
        ({"eval_share": 1.0}, "eval_share"),
        ({"eval_share": -0.1}, "eval_share"),
        ({"kinds": []}, "kinds"),
        ({"since": "not a date"}, "since"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "until"),
        ({"since": "2026-02-01", "until": "2026-02-01"}, "until"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_selection_names_its_field(values, field):
    with pytest.raises(SnapshotRefused) as refused:
        Selection.from_json(values)
    assert refused.value.field == field
