"""Who enters an arena, on which prompts."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from annotate.arena import known_to_training
from annotate.arena import offered_origins as offering
from annotate.arena.creating import Contender, create_arena
from annotate.arena.offered_origins import offered_origins
from annotate.errors import InvalidInput
from annotate.exports.split import split_by_installation
from annotate.models import Arena, ArenaState, AuditEvent, Entry
from tests.annotate.arena.arenas import answer, make_answered, make_arena
from tests.factories import make_completion, make_project, make_prompt

pytestmark = pytest.mark.django_db


def test_only_prompts_that_are_held_out_and_that_all_have_answered_are_taken():
    project = make_answered(60, ("a", "b", "c"))
    answer(make_prompt(project, awaits_answers=True), ("a",))
    arena = make_arena(project, origins=("a", "b", "c"), eval_share=0.4)
    side_of = split_by_installation(0.4)
    held_out = [prompt for prompt in project.prompts.all() if side_of(prompt.messages) == "eval"]
    answered = [prompt for prompt in held_out if prompt.completions.count() == 3]
    assert set(arena.prompts.all()) == set(answered)
    assert 0 < len(answered) < 60
    assert Entry.objects.filter(contestant__arena=arena).count() == 3 * len(answered)
    assert arena.state == ArenaState.OPEN
    assert AuditEvent.objects.get(action="arena.created").after["n_contestants"] == 3


def test_no_more_prompts_than_are_wanted_and_the_same_by_the_same_seed():
    project = make_answered(40)
    first, again, other = (
        set(make_arena(project, n_prompts=10, seed=seed).prompts.values_list("pk", flat=True))
        for seed in (1, 1, 2**30)
    )
    assert len(first) == 10
    assert first == again != other


def test_copies_take_different_answers_of_one_model():
    project = make_project()
    for n_answers in (1, 2, 3):
        prompt = make_prompt(project, awaits_answers=True)
        for _number in range(n_answers):
            make_completion(prompt, origin="a")
    arena = create_arena(
        project=project,
        name="A against A",
        contenders=[Contender("one", "a"), Contender("two", "a", sample=1)],
        eval_share=0.999999,
    )
    assert arena.prompts.count() == 2
    one, two = (
        set(contestant.entries.values_list("completion", flat=True))
        for contestant in arena.contestants.order_by("number")
    )
    assert len(one) == len(two) == 2
    assert not one & two


def test_who_waits_for_answers_keeps_the_arena_from_opening():
    project = make_answered(5, ("a",))
    arena = create_arena(
        project=project,
        name="Soon",
        contenders=[Contender("a", "a"), Contender("new", uuid4().hex, awaits_answers=True)],
        eval_share=0.999999,
    )
    assert arena.state == ArenaState.PREPARING
    assert arena.prompts.count() == 5
    assert list(arena.contestants.filter(answered_at=None).values_list("name", flat=True)) == [
        "new"
    ]


def test_models_are_offered_with_how_many_prompts_they_answered():
    project = make_answered(3, ("a", "b"))
    answer(make_prompt(project, awaits_answers=True), ("b",))
    make_completion(make_prompt(project, awaits_answers=True), origin="")
    make_answered(2, ("of another project",))
    offered = offered_origins(project)
    assert (offered.origins, offered.are_all) == ([("b", 4), ("a", 3)], True)


@pytest.mark.parametrize(
    ("most", "value", "origins"),
    [("LOOKED_AT", 2, [("b", 2)]), ("MOST_OFFERED", 1, [("b", 4)])],
)
def test_of_a_large_project_some_models_are_offered_and_that_is_said(
    monkeypatch, django_assert_max_num_queries, most, value, origins
):
    project = make_answered(2, ("a", "b"))
    make_answered(2, ("b",), project=project)
    monkeypatch.setattr(offering, most, value)
    with django_assert_max_num_queries(2):
        offered = offered_origins(project)
    assert (offered.origins, offered.are_all) == (origins, False)


def test_who_is_known_to_have_learnt_from_the_prompts_does_not_enter(monkeypatch):
    known: dict[str, float | None] = {"a": 1.0, "b": None}
    monkeypatch.setitem(known_to_training._known, "here", (known.__getitem__, lambda _arena: {}))
    arena = make_arena(n_prompts=3)
    entered = dict(arena.contestants.values_list("origin", "has_seen_prompts"))
    assert entered == {"a": False, "b": None}
    for share, why in ((0.25, "all prompts but a share of 0.25"), (0.0, "“b” cannot enter")):
        known["b"] = share
        with pytest.raises(InvalidInput, match=why) as refused:
            make_arena(arena.project)
        assert refused.value.field == "eval_share"
    with pytest.raises(IntegrityError), transaction.atomic():
        arena.contestants.update(has_seen_prompts=True)


def test_an_empty_answer_is_none():
    project = make_answered(2)
    prompt = make_prompt(project, awaits_answers=True)
    make_completion(prompt, origin="a")
    make_completion(prompt, origin="b", text="")
    assert make_arena(project).prompts.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"contenders": [Contender("a", "a")]}, "contestants"),
        ({"contenders": [Contender(f"{i}", f"{i}") for i in range(9)]}, "contestants"),
        ({"contenders": [Contender("a", "a"), Contender("a", "b")]}, "contestants"),
        ({"contenders": [Contender("a", "a"), Contender("b", "a")]}, "contestants"),
        ({"contenders": [Contender("a", "a"), Contender("b", "")]}, "contestants"),
        ({"contenders": [Contender("a", "a"), Contender("c", "nobody")]}, "contestants"),
        ({"n_prompts": 0}, "n_prompts"),
        ({"n_prompts": 1001}, "n_prompts"),
        ({"target": 0}, "target"),
        ({"wanted": 51}, "wanted"),
        ({"eval_share": 1.0}, "eval_share"),
        ({"eval_share": 0.0}, "eval_share"),
    ],
)
def test_what_makes_no_arena_is_refused_by_field_and_leaves_nothing(change, field):
    with pytest.raises(InvalidInput) as refused:
        make_arena(n_prompts=3, **change) if "n_prompts" not in change else make_arena(
            make_answered(3), **change
        )
    assert refused.value.field == field
    assert not Arena.objects.exists()
