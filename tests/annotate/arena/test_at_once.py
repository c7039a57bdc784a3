"""Two workers and many people at the same moment: drawn once, closed without losing a vote."""

import pytest

from annotate.arena.closing import close_arena
from annotate.arena.next_meetings import AHEAD
from annotate.arena.tending import tend_arena
from annotate.errors import AccordError
from annotate.models import Comparison, Judgement
from tests.annotate.arena.arenas import draw, make_arena
from tests.annotate.judging.test_threads import assert_counters_are_right, at_once
from tests.factories import hold, judge, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_draws_at_once_put_no_more_into_the_queue_than_one():
    arena = make_arena(n_prompts=60)
    assert sum(at_once(draw, [arena] * 4)) == AHEAD
    numbers = list(arena.meetings.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, AHEAD + 1))


def test_closing_while_people_judge_loses_no_vote_and_archives_nothing_they_hold():
    arena = make_arena(n_prompts=30)
    tend_arena(arena_id=arena.pk)
    people = [make_member(arena.project) for _number in range(8)]

    def work(person):
        if person is None:
            close_arena(arena_id=arena.pk)
            return 0
        n_judged = 0
        for _number in range(4):
            held = hold(person, arena.project).current
            if held is None:
                return n_judged
            try:
                judge(person, held)
            except AccordError:
                continue
            n_judged += 1
        return n_judged

    n_judged = sum(at_once(work, [*people[:4], None, *people[4:]]))
    assert Judgement.objects.filter(withdrawn_at=None).count() == n_judged
    assert_counters_are_right()
    archived = Comparison.objects.filter(state="archived")
    assert archived.filter(n_counted__gt=0).count() == 0
    assert archived.filter(n_leased__gt=0).count() == 0
