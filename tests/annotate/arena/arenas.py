"""Arenas for tests: models that have answered prompts, and people who judge them by a taste."""

import random
from collections.abc import Callable, Sequence

from annotate.arena.creating import Contender, create_arena
from annotate.arena.next_meetings import draw_meetings
from annotate.models import Annotator, Arena, Meeting, Project, Prompt, Verdict
from tests.factories import hold, judge, make_completion, make_member, make_project, make_prompt

NEARLY_ALL = 0.999999  # of the prompts are held out


def make_answered(
    n_prompts: int, origins: Sequence[str] = ("a", "b"), *, project: Project | None = None, **fields
) -> Project:
    """A project of prompts that all these models have answered."""
    project = make_project() if project is None else project
    for _prompt in range(n_prompts):
        answer(make_prompt(project, awaits_answers=True, **fields), origins)
    return project


def answer(prompt: Prompt, origins: Sequence[str]) -> None:
    for origin in origins:
        make_completion(prompt, origin=origin)


def make_arena(
    project: Project | None = None,
    *,
    origins: Sequence[str] = ("a", "b"),
    n_prompts: int | None = None,
    **fields,
) -> Arena:
    """On all prompts of a new project, or on at most `n_prompts` of one that is there."""
    if project is None:
        project, n_prompts = make_answered(30 if n_prompts is None else n_prompts, origins), None
    return create_arena(
        **{
            "project": project,
            "name": "Who is best",
            "contenders": [Contender(origin, origin) for origin in origins],
            "n_prompts": 1000 if n_prompts is None else n_prompts,
            "eval_share": NEARLY_ALL,
            "seed": 7,
            **fields,
        }
    )


def judge_all(
    arena: Arena, verdict_on: Callable[[Meeting], str], people: Sequence[Annotator] = ()
) -> int:
    """People judge what waits, in the ordinary queue, until nothing of the arena does."""
    people = list(people) or [make_member(arena.project)]
    n_judged = 0
    while True:
        person = people[n_judged % len(people)]
        held = hold(person, arena.project).current
        if held is None:
            return n_judged
        judge(
            person, held, verdict_on(Meeting.objects.get(arena=arena, comparison=held.comparison))
        )
        n_judged += 1


def draw(arena: Arena) -> int:
    return draw_meetings(arena_id=arena.pk)


def winner(name: str) -> Callable[[Meeting], str]:
    """That contestant always wins; between others it is a tie."""

    def verdict_on(meeting: Meeting) -> str:
        if meeting.first.name == name:
            return Verdict.FIRST
        return Verdict.SECOND if meeting.second.name == name else Verdict.TIE

    return verdict_on


def by_chance(seed: int = 0) -> Callable[[Meeting], str]:
    rng = random.Random(seed)
    return lambda _meeting: rng.choice([Verdict.FIRST, Verdict.SECOND])
