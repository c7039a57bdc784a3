import uuid

import pytest

from annotate.errors import InvalidInput, NotAdjudicable
from annotate.judging.adjudication import adjudicate
from annotate.models import (
    Adjudication,
    AuditEvent,
    ComparisonState,
    Exposure,
    Preference,
    ResolvedBy,
    Role,
)
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def rule(comparison, verdict, reviewer=None, **fields) -> Adjudication:
    reviewer = reviewer or make_member(comparison.project, role=Role.REVIEWER)
    return adjudicate(
        reviewer=reviewer, comparison_id=comparison.public_id, verdict=verdict, **fields
    )


def resolved(comparison) -> Preference:
    return Preference.objects.get(comparison=comparison, superseded_at=None)


def test_a_ruling_settles_what_votes_could_not():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")

    ruling = rule(comparison, "second", note="The first one is wrong about the date.")

    preference = resolved(comparison)
    assert (preference.chosen, preference.rejected) == (comparison.second, comparison.first)
    assert preference.resolved_by == ResolvedBy.ADJUDICATION
    assert preference.adjudication == ruling
    assert (preference.p_first, preference.agreement) == (0.5, 0.5)
    assert preference.used.count() == 2
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.ADJUDICATED


def test_a_ruling_without_any_vote_has_neither_share_nor_agreement():
    comparison = make_comparison(make_project())
    rule(comparison, "both_bad")

    preference = resolved(comparison)
    assert (preference.outcome, preference.p_first, preference.agreement) == (
        "both_bad",
        None,
        None,
    )


def test_a_later_ruling_supersedes_the_earlier():
    comparison = make_comparison(make_project())
    first = rule(comparison, "first")
    second = rule(comparison, "tie")

    first.refresh_from_db()
    assert first.superseded_at is not None
    told = AuditEvent.objects.order_by("pk").values_list("action", "before", "after")
    assert list(told) == [
        ("comparison.adjudicated", None, {"verdict": "first"}),
        ("comparison.adjudicated", {"verdict": "first"}, {"verdict": "tie"}),
    ]
    assert resolved(comparison).adjudication == second
    assert resolved(comparison).outcome == "tie"


def test_votes_in_hand_are_counted_but_the_ruling_stands():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    rule(comparison, "second")

    assert judge(annotator, lease, "first").is_counted

    preference = resolved(comparison)
    assert preference.chosen == comparison.second
    assert (preference.n_first, preference.p_first, preference.agreement) == (1, 1.0, 0.0)
    assert preference.resolved_by == ResolvedBy.ADJUDICATION
    assert hold(make_member(project), project).current is None  # nobody else is asked


def test_a_reviewer_has_seen_the_votes_and_judges_it_no_more():
    project = make_project()
    comparison = make_comparison(project)
    reviewer = make_member(project, role=Role.REVIEWER)
    hold(reviewer, project)

    rule(comparison, "first", reviewer=reviewer)

    assert Exposure.objects.filter(annotator=reviewer, comparison=comparison).exists()
    comparison.refresh_from_db()
    assert comparison.n_leased == 0


def test_what_cannot_be_ruled_on_is_refused():
    project = make_project()
    reviewer = make_member(project, role=Role.REVIEWER)
    with pytest.raises(NotAdjudicable):
        adjudicate(reviewer=reviewer, comparison_id=uuid.uuid4(), verdict="first")
    for state in (ComparisonState.STAGED, ComparisonState.ARCHIVED):
        with pytest.raises(NotAdjudicable):
            rule(make_comparison(project, state=state), "first", reviewer=reviewer)
    with pytest.raises(InvalidInput):
        rule(make_comparison(project), "left", reviewer=reviewer)
    with pytest.raises(InvalidInput):
        rule(make_comparison(project), "first", reviewer=reviewer, note="\0")
    assert not Adjudication.objects.exists()
