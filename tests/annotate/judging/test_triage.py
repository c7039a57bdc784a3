"""Contested comparisons: why people differ, and how they enter training."""

import pytest

from annotate.errors import InvalidInput, NotAdjudicable
from annotate.judging.adjudication import adjudicate
from annotate.judging.triaging import triage
from annotate.models import (
    AuditEvent,
    Comparison,
    ComparisonState,
    Exposure,
    Membership,
    Preference,
    Role,
    Triage,
)
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import trainable_preferences, with_judgements
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
    make_set,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=4)


@pytest.fixture
def reviewer(project):
    return make_member(project, role=Role.REVIEWER)


@pytest.fixture
def contested(project):
    """Two for the first, one for the second, one for a tie."""
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second", "tie", "first")
    return comparison


def live(comparison) -> Preference | None:
    return Preference.objects.filter(comparison=comparison, superseded_at=None).first()


def records(project, **selection):
    cohorts = selection.get("cohorts", ())
    found = trainable_preferences(
        projects=[project], cutoff_at=None, **{"kinds": ["person"], **selection}
    )
    return [preference_record(one, cohorts=cohorts) for one in with_judgements(found)]


def test_what_people_rightly_differ_on_enters_by_its_shares(project, reviewer, contested):
    made = triage(by=reviewer, comparison_id=contested.public_id, why="plural", note="Taste.")
    assert (made.enters, made.note) == ("shares", "Taste.")
    preference = live(contested)
    assert (preference.resolved_by, preference.outcome) == ("triage", "preference")
    assert preference.p_first == pytest.approx(2.5 / 4)
    (record,) = records(project)
    assert record.resolved_by == "triage"
    assert record.p_chosen == pytest.approx(2.5 / 4)
    contested.refresh_from_db()
    assert contested.state == ComparisonState.ADJUDICATED
    assert Exposure.objects.filter(annotator=reviewer, comparison=contested).exists()
    assert AuditEvent.objects.filter(action="comparison.triaged").count() == 1


def test_an_even_split_is_a_tie_with_its_shares(project, reviewer):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second", "first", "second")
    assert live(comparison) is None
    triage(by=reviewer, comparison_id=comparison.public_id, why="plural")
    assert (live(comparison).outcome, live(comparison).p_first) == ("tie", 0.5)


def test_what_is_unclear_enters_not_at_all_until_a_ruling_replaces_that(
    project, reviewer, contested
):
    adjudicate(reviewer=reviewer, comparison_id=contested.public_id, verdict="first")
    triage(by=reviewer, comparison_id=contested.public_id, why="unclear")
    assert live(contested) is None
    assert records(project) == []
    adjudicate(reviewer=reviewer, comparison_id=contested.public_id, verdict="second")
    assert live(contested).resolved_by == "adjudication"
    assert not Triage.objects.filter(superseded_at=None).exists()


def test_noise_leaves_the_outcome_to_the_rule_and_to_a_ruling(project, reviewer, contested):
    adjudicate(reviewer=reviewer, comparison_id=contested.public_id, verdict="second")
    triage(by=reviewer, comparison_id=contested.public_id, why="noise")
    assert live(contested).resolved_by == "adjudication"


def test_a_later_triage_replaces_it_and_the_earlier_one_stays(reviewer, contested):
    triage(by=reviewer, comparison_id=contested.public_id, why="unclear")
    triage(by=reviewer, comparison_id=contested.public_id, why="plural", enters="out")
    assert live(contested) is None
    assert Triage.objects.count() == 2
    assert Triage.objects.get(superseded_at=None).why == "plural"


def test_for_cohorts_alone_it_is_told_by_their_votes(project, reviewer):
    comparison = make_comparison(project)
    judgements = judge_comparison(comparison, "first", "first", "first", "second")
    cohorts = ("north", "north", "north", "south")
    for judgement, cohort in zip(judgements, cohorts, strict=True):
        Membership.objects.filter(annotator=judgement.annotator).update(cohort=cohort)
    triage(by=reviewer, comparison_id=comparison.public_id, why="plural", enters="cohorts")
    assert records(project) == []
    (north,), (south,) = (records(project, cohorts=[name]) for name in ("north", "south"))
    assert (north.chosen, north.p_chosen) == (comparison.first.text, 1)
    assert (south.chosen, south.p_chosen) == (comparison.second.text, 1)
    assert [*south.verdicts_by_cohort] == ["south"]
    assert (south.verdicts.chosen, south.verdicts.rejected) == (1, 0)
    both = records(project, cohorts=["north", "south"])[0]
    assert (both.p_chosen, both.outcome) == (0.75, "preference")
    assert records(project, cohorts=["east"]) == []


@pytest.mark.parametrize(
    ("said", "field"), [({"why": "no"}, "why"), ({"why": "noise", "enters": "no"}, "enters")]
)
def test_what_is_not_known_is_refused(reviewer, contested, said, field):
    with pytest.raises(InvalidInput) as refused:
        triage(by=reviewer, comparison_id=contested.public_id, **said)
    assert refused.value.field == field


def test_where_nobody_differs_there_is_nothing_to_triage(project, reviewer):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "first")
    with pytest.raises(NotAdjudicable):
        triage(by=reviewer, comparison_id=comparison.public_id, why="noise")


def test_a_set_that_is_still_ranked_stays_open(project, reviewer):
    make_set(project)
    pair = Comparison.objects.filter(is_derived=False).first()
    Comparison.objects.filter(pk=pair.pk).update(n_skips=3)
    with pytest.raises(NotAdjudicable, match="rank"):
        triage(by=reviewer, comparison_id=pair.public_id, why="noise")
