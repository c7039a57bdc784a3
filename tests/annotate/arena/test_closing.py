"""An arena's end, by hand and by itself, and its going on."""

from unittest.mock import patch

import pytest

from annotate.arena import tending
from annotate.arena.closing import (
    NotClosable,
    NothingLeft,
    NotReopenable,
    close_arena,
    reopen_arena,
)
from annotate.arena.tending import ring_for_arenas, tend_arena
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import (
    AnnotatorKind,
    Arena,
    ArenaState,
    Comparison,
    ComparisonState,
    Judgement,
    Meeting,
    Verdict,
)
from tests.annotate.arena.arenas import by_chance, draw, judge_all, make_arena, winner
from tests.factories import hold, judge, make_member

pytestmark = pytest.mark.django_db


def test_closing_takes_away_what_nobody_has_begun_and_going_on_brings_it_back():
    arena = make_arena(n_prompts=6)
    draw(arena)
    person = make_member(arena.project)
    judge(person, hold(person, arena.project).current)
    held = hold(person, arena.project).current
    close_arena(arena_id=arena.pk)
    states = Comparison.objects.values_list("state", flat=True)
    assert sorted(states) == ["archived"] * 4 + ["open"] * 2
    judge(person, held)  # what somebody holds may still be judged
    assert hold(person, arena.project).current is None
    with pytest.raises(NotClosable):
        close_arena(arena_id=arena.pk)
    reopen_arena(arena_id=arena.pk)
    assert hold(person, arena.project).current is not None
    with pytest.raises(NotReopenable):
        reopen_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert (arena.state, arena.closed_at) == (ArenaState.OPEN, None)


def test_what_was_in_the_queue_before_stays_there():
    arena = make_arena(n_prompts=2)
    draw(arena)
    arena.meetings.update(is_adopted=True)
    close_arena(arena_id=arena.pk)
    assert not Comparison.objects.filter(state=ComparisonState.ARCHIVED).exists()


def test_what_somebody_archived_stays_away_when_the_arena_goes_on():
    arena = make_arena(n_prompts=4)
    draw(arena)
    by_hand = Comparison.objects.order_by("pk").first()
    Comparison.objects.filter(pk=by_hand.pk).update(state=ComparisonState.ARCHIVED)
    for _twice in range(2):
        close_arena(arena_id=arena.pk)
        assert not Comparison.objects.filter(state=ComparisonState.OPEN).exists()
        reopen_arena(arena_id=arena.pk)
        archived = Comparison.objects.filter(state=ComparisonState.ARCHIVED)
        assert list(archived) == [by_hand]
        assert not Meeting.objects.filter(is_put_away=True).exists()


def test_what_one_arena_put_away_meets_in_the_next():
    first = make_arena(n_prompts=3)
    draw(first)
    close_arena(arena_id=first.pk)
    by_hand = first.meetings.first()
    Meeting.objects.filter(pk=by_hand.pk).update(is_put_away=False)
    second = make_arena(first.project, name="Again")
    assert draw(second) == 2
    assert Comparison.objects.filter(state=ComparisonState.OPEN).count() == 2
    close_arena(arena_id=second.pk)
    assert not Comparison.objects.filter(state=ComparisonState.OPEN).exists()
    reopen_arena(arena_id=first.pk)  # what both have comes back with either
    assert Comparison.objects.filter(state=ComparisonState.OPEN).count() == 2


def test_what_meets_in_another_arena_leaves_the_queue_with_the_last_of_them():
    first = make_arena(n_prompts=2)
    draw(first)
    second = make_arena(first.project, name="Again")
    assert draw(second) == 2
    for arena, left in ((first, 2), (second, 0)):
        close_arena(arena_id=arena.pk)
        assert Comparison.objects.filter(state=ComparisonState.OPEN).count() == left
    reopen_arena(arena_id=second.pk)
    assert Comparison.objects.filter(state=ComparisonState.OPEN).count() == 2


def test_an_arena_that_would_close_again_at_once_is_not_reopened():
    arena = make_arena(n_prompts=12, target=3)
    draw(arena)
    judge_all(arena, by_chance())
    close_arena(arena_id=arena.pk)
    with pytest.raises(NothingLeft):
        reopen_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.state == ArenaState.CLOSED
    given = Judgement.objects.first()
    withdraw_judgement(annotator=given.annotator, judgement_id=given.public_id)
    reopen_arena(arena_id=arena.pk)


def test_it_ends_by_itself_once_every_pair_is_decided():
    arena = make_arena(n_prompts=40)
    while arena.state == ArenaState.OPEN:
        tend_arena(arena_id=arena.pk)
        judge_all(arena, winner("a"))
        tend_arena(arena_id=arena.pk)
        arena.refresh_from_db()
    assert arena.standings["overall"]["pairs"][0]["decision"]["winner"] == 0


def test_it_ends_by_itself_at_its_target_and_where_nobody_can_meet_any_more():
    for fields in ({"n_prompts": 12, "target": 8}, {"n_prompts": 5, "target": 100}):
        arena = make_arena(**fields)
        tend_arena(arena_id=arena.pk)
        n_judged = judge_all(arena, lambda _meeting: Verdict.TIE)
        assert n_judged == min(fields["n_prompts"], fields["target"])
        tend_arena(arena_id=arena.pk)
        arena.refresh_from_db()
        assert arena.state == ArenaState.CLOSED


def test_machines_fill_no_place_of_people():
    arena = make_arena(n_prompts=4, target=4)
    tend_arena(arena_id=arena.pk)
    machine = make_member(arena.project)
    type(machine).objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    assert judge_all(arena, by_chance(), [machine]) == 4
    for _twice in range(2):
        tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.state == ArenaState.OPEN
    assert set(Comparison.objects.values_list("wanted", flat=True)) == {2}
    assert judge_all(arena, by_chance()) == 4
    tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.state == ArenaState.CLOSED
    assert arena.standings["overall"]["n_judgements"] == arena.standings["n_others"] == 4


def test_it_waits_for_what_somebody_holds():
    arena = make_arena(n_prompts=1)
    tend_arena(arena_id=arena.pk)
    hold(make_member(arena.project), arena.project)
    tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.state == ArenaState.OPEN


def test_a_reader_has_counted_again_what_changed_long_after_the_end():
    arena = make_arena(n_prompts=3)
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance())
    tend_arena(arena_id=arena.pk)
    Arena.objects.filter(pk=arena.pk).update(closed_at="2026-01-01T00:00Z", standings_at=None)
    given = Judgement.objects.first()
    with patch.object(tending, "ring_once") as ring:
        arena.refresh_from_db()
        assert tending.recount_where_changed(arena) is False
        withdraw_judgement(annotator=given.annotator, judgement_id=given.public_id)
        assert ring_for_arenas() == 0
        assert tending.recount_where_changed(arena) is True
        ring.assert_called_once_with("annotate.tasks.tend_arena", arena.pk)
    tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert tending.recount_where_changed(arena) is False
    assert arena.standings["overall"]["n_judgements"] == 2


def test_bells_ring_for_arenas_that_need_something_and_for_no_others():
    arena = make_arena(n_prompts=3)
    with patch.object(tending, "ring_once") as ring:
        assert ring_for_arenas() == 1
        ring.assert_called_once_with("annotate.tasks.tend_arena", arena.pk)
        tend_arena(arena_id=arena.pk)
        assert ring_for_arenas() == 0
        judge_all(arena, by_chance())
        assert ring_for_arenas() == 1
    tend_arena(arena_id=10**6)  # an arena that is gone
