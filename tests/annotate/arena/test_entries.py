"""What contestants write for an arena."""

from uuid import uuid4

import pytest

from annotate.arena.creating import Contender, create_arena
from annotate.arena.entries import close_entries, enter_written
from annotate.models import ArenaState, Completion, Entry
from tests.annotate.arena.arenas import draw, make_answered

pytestmark = pytest.mark.django_db


def awaiting(*contenders: Contender, n_prompts: int = 4):
    return create_arena(
        project=make_answered(n_prompts, ("a",)),
        name="Soon",
        contenders=[Contender("a", "a"), *contenders],
        eval_share=0.999999,
    )


def test_answers_are_entered_once_and_the_arena_opens_with_the_last_of_them():
    arena = awaiting(
        Contender("new", "d1", awaits_answers=True), Contender("newer", "d2", awaits_answers=True)
    )
    prompts = list(arena.prompts.values_list("public_id", flat=True))
    for origin in ("d1", "d2"):
        texts = {one: [f"{origin} says {one}"] for one in prompts}
        for _twice in range(2):  # an attempt that was cut short before
            assert enter_written(arena=arena, origin=origin, texts=texts, sampling={}) == 0
        arena.refresh_from_db()
        assert arena.state == ArenaState.PREPARING
        assert draw(arena) == 0
        close_entries(arena=arena, origin=origin)
    arena.refresh_from_db()
    assert arena.state == ArenaState.OPEN
    assert Entry.objects.filter(contestant__arena=arena).count() == 12
    assert Completion.objects.filter(origin="d1").count() == 4
    assert draw(arena) == 12


def test_copies_have_answers_of_their_own():
    arena = awaiting(
        Contender("new", "d", awaits_answers=True),
        Contender("copy", "d", sample=1, awaits_answers=True),
    )
    prompts = list(arena.prompts.values_list("public_id", flat=True))
    texts = {one: [f"first {one}", f"second {one}"] for one in prompts}
    enter_written(arena=arena, origin="d", texts=texts, sampling={"temperature": 1.0})
    new, copy = arena.contestants.filter(origin="d").order_by("sample")
    assert all(one.completion.text.startswith("first") for one in new.entries.all())
    assert all(one.completion.text.startswith("second") for one in copy.entries.all())
    assert new.entries.first().completion.sampling == {"temperature": 1.0}


def test_empty_and_unstorable_answers_are_left_out_and_strange_prompts_ignored():
    arena = awaiting(Contender("new", "d", awaits_answers=True))
    first, second, *_rest = arena.prompts.values_list("public_id", flat=True)
    texts = {first: ["  "], second: ["half \ud800"], uuid4(): ["of no prompt here"]}
    assert enter_written(arena=arena, origin="d", texts=texts, sampling={}) == 2
    assert not Entry.objects.filter(contestant__origin="d").exists()


def test_who_was_replaced_enters_nothing():
    arena = awaiting(Contender("new", "d", awaits_answers=True))
    texts = {one: ["late"] for one in arena.prompts.values_list("public_id", flat=True)}

    def lost() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        enter_written(arena=arena, origin="d", texts=texts, sampling={}, fence=lost)
    assert not Completion.objects.filter(origin="d").exists()
