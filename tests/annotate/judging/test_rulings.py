"""The stream of rulings: blind until chosen, one ruling each, the rest in turn."""

import pytest

from annotate.errors import NotAdjudicable
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.rulings import comment_on_ruling, next_for, rule_blind, waiting_for
from annotate.judging.sides import lies_first_on_the_left
from annotate.models import Adjudication, ComparisonState, Exposure, Preference, Role
from tests.factories import judge_comparison, make_comparison, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=2)


@pytest.fixture
def reviewer(project):
    return make_member(project, role=Role.REVIEWER)


def disputed(project):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.ADJUDICATION
    return comparison


def rule(reviewer, comparison, side):
    return rule_blind(
        reviewer=reviewer,
        project=comparison.project,
        comparison_id=comparison.public_id,
        side=side,
    )


def test_a_ruling_by_side_names_the_completion_and_shows_the_votes_only_then(project, reviewer):
    comparison = disputed(project)
    assert next_for(reviewer, project) == comparison
    assert not Exposure.objects.exists()

    ruling = rule(reviewer, comparison, "left")

    is_first_left = lies_first_on_the_left(reviewer, comparison)
    assert ruling.first_was_left == is_first_left
    assert ruling.verdict == ("first" if is_first_left else "second")
    assert Exposure.objects.get().annotator == reviewer
    assert Preference.objects.get(superseded_at=None).resolved_by == "adjudication"
    assert next_for(reviewer, project) is None


def test_a_page_that_stands_open_means_the_same_answer_under_a_new_secret_key(
    project, reviewer, settings
):
    comparisons = [make_comparison(project) for _n in range(12)]
    before = [lies_first_on_the_left(reviewer, one) for one in comparisons]
    settings.SECRET_KEY = "rotated since the page was drawn"
    assert [lies_first_on_the_left(reviewer, one) for one in comparisons] == before


def test_sides_are_drawn_for_each_reviewer_and_stay(project, reviewer):
    comparisons = [make_comparison(project) for _n in range(40)]
    sides = [lies_first_on_the_left(reviewer, one) for one in comparisons]
    assert sides == [lies_first_on_the_left(reviewer, one) for one in comparisons]
    assert 5 < sum(sides) < 35
    other = make_member(project, role=Role.REVIEWER)
    assert sides != [lies_first_on_the_left(other, one) for one in comparisons]


def test_a_second_ruling_is_refused_and_the_first_stands(project, reviewer):
    comparison = disputed(project)
    rule(reviewer, comparison, "tie")
    for who in (reviewer, make_member(project, role=Role.REVIEWER)):
        with pytest.raises(NotAdjudicable):
            rule(who, comparison, "both_bad")
    assert Adjudication.objects.get(superseded_at=None).verdict == "tie"


def test_a_blind_ruling_that_another_overtook_is_refused_under_the_lock(project, reviewer):
    comparison = disputed(project)
    adjudicate(reviewer=reviewer, comparison_id=comparison.public_id, verdict="tie")
    with pytest.raises(NotAdjudicable):
        adjudicate(
            reviewer=make_member(project, role=Role.REVIEWER),
            comparison_id=comparison.public_id,
            verdict="first",
            first_was_left=True,
        )
    assert Adjudication.objects.get().verdict == "tie"


def test_whose_votes_they_have_read_is_not_in_their_stream(project, reviewer):
    comparison = disputed(project)
    record_exposure(annotator=reviewer, comparison=comparison)
    assert not waiting_for(reviewer, project).exists()
    with pytest.raises(NotAdjudicable):
        rule(reviewer, comparison, "left")
    assert next_for(make_member(project, role=Role.REVIEWER), project) == comparison


def test_what_is_passed_by_comes_again_at_the_end(project, reviewer):
    first, second = disputed(project), disputed(project)
    assert next_for(reviewer, project, after=first.public_id) == second
    assert next_for(reviewer, project, after=second.public_id) == first
    elsewhere = disputed(make_project(overlap=2))
    assert next_for(reviewer, project, after=elsewhere.public_id) == first


def test_a_comment_goes_with_one_s_own_ruling(project, reviewer):
    comparison = disputed(project)
    rule(reviewer, comparison, "tie")
    comment_on_ruling(reviewer=reviewer, comparison=comparison, note="Both name the river.")
    assert Adjudication.objects.get().note == "Both name the river."
    with pytest.raises(NotAdjudicable):
        comment_on_ruling(
            reviewer=make_member(project, role=Role.REVIEWER), comparison=comparison, note="No."
        )
