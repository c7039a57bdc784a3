"""Each part of a selection narrows what is taken."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from annotate.models import Membership, Outcome, Preference
from tests.factories import judge_comparison, make_comparison, make_project
from training.snapshots.selected_preferences import selected_preferences
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def n_selected(project, **selection) -> int:
    now = timezone.now() + timedelta(hours=1)
    return selected_preferences([project], Selection(**selection), now).count()


@pytest.mark.parametrize(
    ("dates", "n"),
    [
        ({}, 1),
        ({"since": DAY}, 1),
        ({"since": DAY + timedelta(microseconds=1)}, 0),
        ({"until": DAY}, 0),  # is not included itself
        ({"until": DAY + timedelta(microseconds=1)}, 1),
    ],
)
def test_dates_are_of_the_resolution_from_since_up_to_until(dates, n):
    project = make_project(overlap=1)
    judge_comparison(make_comparison(project), "first")
    Preference.objects.update(resolved_at=DAY)
    assert n_selected(project, **dates) == n


def test_cohorts_and_agreement_narrow_it_and_no_cohort_means_all():
    project = make_project(overlap=3, min_agreement=0.5)
    for cohort, verdicts in (("experts", ["first"] * 3), ("novices", ["first", "second", "first"])):
        judgements = judge_comparison(make_comparison(project), *verdicts)
        annotators = [judgement.annotator for judgement in judgements]
        Membership.objects.filter(annotator__in=annotators).update(cohort=cohort)
    assert n_selected(project) == 2
    assert n_selected(project, cohorts=("novices",)) == 1
    assert n_selected(project, cohorts=("novices", "experts")) == 2
    assert n_selected(project, cohorts=("strangers",)) == 0
    assert n_selected(project, min_agreement=2 / 3) == 2
    assert n_selected(project, min_agreement=0.7) == 1


@pytest.mark.parametrize(
    ("outcomes", "taken"),
    [
        ({}, {"preference", "tie"}),
        ({"include_ties": False}, {"preference"}),
        ({"include_both_bad": True}, {"preference", "tie", "both_bad"}),
    ],
)
def test_ties_are_taken_and_both_bad_only_if_asked_for(outcomes, taken):
    project = make_project(overlap=1)
    for verdict in ("first", "tie", "both_bad"):
        judge_comparison(make_comparison(project), verdict)
    assert set(Selection(**outcomes).outcomes) == taken <= set(Outcome.values)
    assert n_selected(project, **outcomes) == len(taken)
