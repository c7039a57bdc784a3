"""Who meets next: with a known probability, never twice, ahead of the queue."""

from collections import Counter

import pytest

from annotate.arena.next_meetings import AHEAD, SOONER
from annotate.arena.standings import refresh_standings
from annotate.arena.tending import tend_arena
from annotate.models import ArenaState, Comparison, ComparisonState, Meeting, Verdict
from tests.annotate.arena.arenas import by_chance, draw, judge_all, make_answered, make_arena
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_completion,
    make_member,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def test_meetings_come_before_what_was_waiting_and_say_how_they_were_drawn():
    project = make_answered(30)
    make_comparison(project)
    arena = make_arena(project)
    assert draw(arena) == 30
    assert draw(arena) == 0
    held = hold(make_member(project), project).current
    assert held.comparison.meetings.get().arena == arena
    assert held.comparison.priority == SOONER
    meetings = list(arena.meetings.order_by("number"))
    assert [meeting.number for meeting in meetings] == list(range(1, 31))
    # one pair, and as many prompts to choose from as are left
    assert [meeting.probability for meeting in meetings] == pytest.approx(
        [1 / left for left in range(30, 0, -1)]
    )
    for meeting in meetings:
        assert meeting.comparison.first.origin == meeting.first.origin
        assert meeting.comparison.second.origin == meeting.second.origin
        assert meeting.comparison.wanted == 1


def test_no_more_wait_than_are_wanted_ahead_or_in_all():
    arena = make_arena(n_prompts=60, target=50)
    assert draw(arena) == AHEAD == 40
    assert judge_all(arena, by_chance()) == 40
    assert draw(arena) == 10
    assert judge_all(arena, by_chance()) == 10
    assert draw(arena) == 0


def test_three_that_nobody_knows_meet_alike_and_nobody_twice_on_a_prompt():
    arena = make_arena(origins=("a", "b", "c"), n_prompts=40, target=1000)
    while draw(arena):
        judge_all(arena, lambda _meeting: Verdict.TIE)
    met = Counter(
        (frozenset((one.first_id, one.second_id)), one.comparison.prompt_id)
        for one in arena.meetings.select_related("comparison")
    )
    assert len(met) == 3 * 40
    assert set(met.values()) == {1}
    first = arena.meetings.order_by("number")[:30]
    assert len({frozenset((one.first_id, one.second_id)) for one in first}) == 3
    assert first[0].probability == pytest.approx(1 / 3 / 40)


def test_who_is_known_well_meets_less_but_never_falls_below_the_floor():
    arena = make_arena(origins=("a", "b", "c"), n_prompts=300, target=1000)
    numbers = {one.number: one for one in arena.contestants.all()}
    prompts = list(arena.prompts.order_by("pk"))
    for prompt in prompts[:200]:  # a and b have met often already
        pair = sorted(prompt.completions.filter(origin__in="ab"), key=lambda one: one.public_id)
        comparison = Comparison.objects.create(
            project=arena.project, prompt=prompt, first=pair[0], second=pair[1], wanted=1,
            n_counted=1, n_first=1, state=ComparisonState.OPEN,
        )  # fmt: skip
        by_origin = {one.origin: one for one in numbers.values()}
        Meeting.objects.create(
            arena=arena, number=10_000 + prompt.pk, comparison=comparison,
            first=by_origin[pair[0].origin], second=by_origin[pair[1].origin], probability=0.1,
        )  # fmt: skip
    draw(arena)
    drawn = arena.meetings.filter(number__lte=AHEAD)
    pairs = Counter(frozenset((one.first.origin, one.second.origin)) for one in drawn)
    assert pairs[frozenset("ab")] < pairs[frozenset("ac")] + pairs[frozenset("bc")]
    for one in drawn:
        assert one.probability >= 0.2 / 3 / 300


def test_the_same_seed_draws_the_same():
    project = make_answered(25, ("a", "b", "c"))
    drawn = []
    for arena in (make_arena(project, origins="abc"), make_arena(project, origins="abc")):
        draw(arena)
        drawn.append(
            list(
                arena.meetings.order_by("number").values_list(
                    "comparison", "first__number", "probability"
                )
            )
        )
    assert drawn[0] == drawn[1]  # and a comparison that is there is not made twice


def test_equal_answers_gold_and_what_is_archived_are_not_judged():
    project = make_answered(2)
    same = make_prompt(project, awaits_answers=True)
    for origin in "ab":
        make_completion(same, origin=origin, text="The same.")
    for fields in ({"gold_verdict": Verdict.FIRST}, {"state": ComparisonState.ARCHIVED}):
        prompt = make_prompt(project, awaits_answers=True)
        pair = sorted(
            (make_completion(prompt, origin=origin) for origin in "ab"),
            key=lambda one: one.public_id,
        )
        make_comparison(project, prompt=prompt, first=pair[0], second=pair[1], **fields)
    arena = make_arena(project)
    assert arena.prompts.count() == 5
    assert draw(arena) == 2


def test_what_is_in_the_queue_already_is_taken_with_its_votes():
    project = make_answered(0)
    prompt = make_prompt(project, awaits_answers=True)
    pair = sorted(
        (make_completion(prompt, origin=origin) for origin in "ab"), key=lambda one: one.public_id
    )
    comparison = make_comparison(project, prompt=prompt, first=pair[0], second=pair[1])
    judge_comparison(comparison, Verdict.FIRST)
    arena = make_arena(project)
    assert draw(arena) == 1
    meeting = arena.meetings.get()
    assert meeting.comparison == comparison
    assert meeting.is_adopted
    comparison.refresh_from_db()
    assert comparison.priority == SOONER
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.standings["overall"]["n_judgements"] == 1


def test_a_target_below_what_is_there_asks_for_nothing():
    project = make_answered(0)
    for _number in range(6):
        prompt = make_prompt(project, awaits_answers=True)
        pair = sorted(
            (make_completion(prompt, origin=origin) for origin in "ab"),
            key=lambda one: one.public_id,
        )
        comparison = make_comparison(
            project, prompt=prompt, first=pair[0], second=pair[1], wanted=3
        )
        judge_comparison(comparison, *[Verdict.FIRST] * 3)
    arena = make_arena(project, target=4)
    for _thrice in range(3):
        tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert arena.state == ArenaState.CLOSED
    assert arena.standings["overall"]["n_judgements"] == 12
    assert not project.comparisons.filter(is_open=True).exists()


def test_where_all_answers_are_alike_nobody_meets():
    project = make_answered(0)
    for _number in range(3):
        prompt = make_prompt(project, awaits_answers=True)
        for origin in "ab":
            make_completion(prompt, origin=origin, text="The same.")
    arena = make_arena(project)
    tend_arena(arena_id=arena.pk)
    arena.refresh_from_db()
    assert (arena.state, arena.is_drawn_out) == (ArenaState.CLOSED, True)
    assert arena.meetings.count() == 0


def test_eight_models_all_meet():
    origins = tuple("abcdefgh")
    arena = make_arena(origins=origins, n_prompts=2, target=1000)
    while draw(arena):
        judge_all(arena, by_chance())
    assert arena.meetings.count() == 28 * 2
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    assert len(arena.standings["overall"]["pairs"]) == 28


def test_nothing_is_drawn_where_answers_are_awaited_or_all_is_over():
    arena = make_arena(n_prompts=3)
    for state in (ArenaState.PREPARING, ArenaState.CLOSED):
        type(arena).objects.filter(pk=arena.pk).update(
            state=state, closed_at="2026-01-01T00:00Z" if state == ArenaState.CLOSED else None
        )
        assert draw(arena) == 0
