"""Whether stored standings are those of today: whatever changes them is noticed, and no more."""

import pytest

from annotate.arena.standings import are_of_today, refresh_standings
from annotate.judging.adjudication import adjudicate
from annotate.judging.priorities import set_wanted
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    Membership,
    Prompt,
    Role,
    Verdict,
)
from annotate.people.members import change_member, remove_member
from tests.annotate.arena.arenas import by_chance, draw, judge_all, make_arena
from tests.factories import hold, judge, make_comparison, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def arena():
    """Four meetings that two people judged each, counted; one is the later of the two."""
    made = make_arena(n_prompts=4, wanted=2)
    draw(made)
    for person in (make_member(made.project), make_member(made.project)):
        judge_all(made, by_chance(1), [person])
    refresh_standings(arena_id=made.pk)
    made.refresh_from_db()
    assert are_of_today(made)
    return made


def a_vote(arena) -> None:
    set_wanted(wanted=3, project=arena.project)
    person = make_member(arena.project)
    judge(person, hold(person, arena.project).current)


def a_withdrawal(_arena) -> None:
    given = Judgement.objects.first()
    withdraw_judgement(annotator=given.annotator, judgement_id=given.public_id)


def a_correction(_arena) -> None:
    given = Judgement.objects.first()
    lease = withdraw_judgement(annotator=given.annotator, judgement_id=given.public_id)
    other = Verdict.SECOND if given.verdict == Verdict.FIRST else Verdict.FIRST
    judge(given.annotator, lease, other)


def fewer_judgements_wanted(arena) -> None:
    set_wanted(wanted=1, project=arena.project)


def an_archived_comparison(_arena) -> None:
    judged = Comparison.objects.filter(n_counted=2).first()
    Comparison.objects.filter(pk=judged.pk).update(state=ComparisonState.ARCHIVED)


def a_comparison_turned_gold(_arena) -> None:
    judged = Comparison.objects.filter(n_counted=2).first()
    Comparison.objects.filter(pk=judged.pk).update(gold_verdict=Verdict.FIRST)


def another_cohort(arena) -> None:
    change_member(membership=arena.project.memberships.first(), cohort="north")


def another_tag(arena) -> None:
    Prompt.objects.filter(pk=arena.prompts.first().pk).update(tags=["maths"])


def a_kind_changed(_arena) -> None:
    type(Judgement.objects.first().annotator).objects.filter(
        pk=Judgement.objects.first().annotator_id
    ).update(kind="simulated")


@pytest.mark.parametrize(
    "change",
    [
        a_vote,
        a_withdrawal,
        a_correction,
        fewer_judgements_wanted,
        an_archived_comparison,
        a_comparison_turned_gold,
        another_cohort,
        another_tag,
        a_kind_changed,
    ],
)
def test_every_change_is_noticed_and_counted(arena, change):
    change(arena)
    assert not are_of_today(arena)
    assert refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    assert are_of_today(arena)


def test_a_surplus_vote_in_the_place_of_one_withdrawn_is_noticed(arena):
    """As many votes are cast, and as many live: only which of them count has changed."""
    fewer_judgements_wanted(arena)
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    before = votes_of(arena)
    a_withdrawal(arena)
    assert votes_of(arena) == before == (8, 4)
    assert not are_of_today(arena)


def test_places_that_change_between_comparisons_are_noticed(arena):
    one, other = Comparison.objects.filter(n_counted=2)[:2]
    set_wanted(wanted=1, comparison=one)
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    before = votes_of(arena)
    set_wanted(wanted=2, comparison=one)
    set_wanted(wanted=1, comparison=other)
    assert votes_of(arena) == before == (8, 7)
    assert not are_of_today(arena)


def a_ruling(arena) -> None:
    judged = Comparison.objects.filter(n_counted=2).first()
    Comparison.objects.filter(pk=judged.pk).update(state=ComparisonState.ADJUDICATION)
    adjudicate(
        reviewer=make_member(arena.project, role=Role.REVIEWER),
        comparison_id=judged.public_id,
        verdict=Verdict.TIE,
        first_was_left=None,
    )


def somebody_gone(arena) -> None:
    remove_member(membership=Membership.objects.filter(project=arena.project).first())


def a_vote_elsewhere(arena) -> None:
    there = make_comparison(arena.project, wanted=1)
    person = make_member(arena.project)
    judge(person, hold(person, arena.project).current)
    there.refresh_from_db()
    assert there.n_counted == 1


@pytest.mark.parametrize("change", [a_ruling, somebody_gone, a_vote_elsewhere])
def test_what_changes_no_standing_has_nothing_counted_again(arena, change):
    before = arena.standings
    change(arena)
    assert are_of_today(arena)
    type(arena).objects.filter(pk=arena.pk).update(standings_of={})
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.standings == before


def votes_of(arena) -> tuple[int, int]:
    """How many were cast, and how many of them count."""
    cast = Judgement.objects.filter(comparison__meetings__arena=arena)
    return cast.count(), cast.filter(withdrawn_at=None, is_counted=True).count()
