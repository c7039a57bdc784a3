"""The page of an arena with many votes, and the making of one in a large project.

    script/bench arena [--votes 100000] [--prompts 100000] [--database sqlite]

Eight contestants have met on up to a thousand prompts. Medians of twenty, in seconds by the clock
and of this process's processor (on SQLite the whole work): `page` is the page as a lead opens it,
`is_of_today` asks whether the stored standings are of the votes that there are, `beat` looks at all
arenas. `made` opens a small arena of two models in a project of
`--prompts` prompts, of which each has answered a fiftieth, and of which they share a hundred;
`standings_kb` is what the page reads. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from itertools import combinations, islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from _fresh import answer_pages_here, in_a_fresh_process, set_up_django  # noqa: E402

TIMES = 20
N_CONTESTANTS, N_PROMPTS, N_PEOPLE = 8, 1000, 40
EVAL_SHARE = 0.5
BATCH = 20_000
SHARED = 100  # prompts that both models of the small arena have answered


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark arenas with many votes.")
    parser.add_argument("--votes", type=int, default=100_000)
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(measure(json.loads(options.run))))
        return
    plan = {name: getattr(options, name) for name in ("votes", "prompts")}
    found = {
        database: in_a_fresh_process(__file__, {**plan, "database": database})
        for database in options.database or ["sqlite", "postgres"]
    }
    print(json.dumps({**plan, "cpus": os.cpu_count(), **found}))


def measure(plan: dict) -> dict[str, object]:
    set_up_django()
    from django.db import connection

    from annotate.arena.standings import are_of_today, refresh_standings
    from annotate.arena.tending import ring_for_arenas
    from annotate.models import Arena

    answer_pages_here()
    arena = judged_arena(plan["votes"])
    large = large_project(plan["prompts"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    started = time.perf_counter()
    refresh_standings(arena_id=arena.pk)
    seconds_of_standings = time.perf_counter() - started
    arena = Arena.objects.get(pk=arena.pk)
    client, address = lead_of(arena)

    def page() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            sys.exit(f"The page answered {answer.status_code}.")

    return {
        "page": median_of(page),
        "is_of_today": median_of(lambda: are_of_today(arena)),
        "beat": median_of(ring_for_arenas),
        "standings": seconds_of_standings,
        "standings_kb": round(len(json.dumps(arena.standings)) / 1000),
        "made": seconds_to_make(large),
    }


def median_of(act: Callable[[], object]) -> list[float]:
    seconds, of_processor = [], []
    for _time in range(TIMES):
        started, began = time.perf_counter(), time.process_time()
        act()
        seconds.append(time.perf_counter() - started)
        of_processor.append(time.process_time() - began)
    return [round(statistics.median(each), 4) for each in (seconds, of_processor)]


def lead_of(arena):
    from django.test import Client
    from django.urls import reverse

    from annotate.models import Role
    from annotate.people.members import add_member, create_user

    lead = create_user(username="lead")
    add_member(project=arena.project, user=lead, role=Role.LEAD)
    client = Client()
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    return client, reverse("annotate:arena", args=[arena.project.slug, arena.public_id])


def judged_arena(n_votes: int):
    """All pairs of contestants on prompt after prompt, each judged as often as it takes."""
    from annotate.arena.creating import Contender, create_arena
    from annotate.database.bulk_insert import insert
    from annotate.models import Comparison, Judgement, Meeting

    names = [f"model-{number}" for number in range(N_CONTESTANTS)]
    project = new_project("arena")
    prompts = new_prompts(project, 2 * N_PROMPTS + 200, awaits_answers=True)
    answered(dict.fromkeys(names, prompts))
    arena = create_arena(
        project=project,
        name="Large",
        contenders=[Contender(name, name) for name in names],
        n_prompts=N_PROMPTS,
        eval_share=EVAL_SHARE,
        target=100_000,
        stops_when_decided=False,
        seed=1,
    )
    entries = {
        (entry.prompt_id, entry.contestant.number): entry
        for one in arena.contestants.all()
        for entry in one.entries.select_related("contestant", "completion")
    }
    chosen = list(arena.prompts.order_by("pk").values_list("pk", flat=True))
    n_pairs = N_CONTESTANTS * (N_CONTESTANTS - 1) // 2
    wanted = -(-n_votes // (n_pairs * len(chosen)))
    both = [
        sorted((entries[prompt, i], entries[prompt, j]), key=lambda one: one.completion.public_id)
        for prompt in chosen
        for i, j in combinations(range(N_CONTESTANTS), 2)
    ]
    comparisons = insert(
        Comparison,
        [
            {
                "project_id": project.pk,
                "prompt_id": first.prompt_id,
                "first_id": first.completion_id,
                "second_id": second.completion_id,
                "wanted": wanted,
                "n_counted": wanted,
                "n_first": wanted,
            }
            for first, second in both
        ],
    )
    insert(
        Meeting,
        [
            {
                "arena_id": arena.pk,
                "number": number,
                "comparison_id": comparison,
                "first_id": first.contestant_id,
                "second_id": second.contestant_id,
                "probability": 0.5,
            }
            for number, (comparison, (first, second)) in enumerate(
                zip(comparisons, both, strict=True), start=1
            )
        ],
    )
    people, rng = new_people(project), random.Random(1)
    votes = (
        {
            "project_id": project.pk,
            "comparison_id": comparison,
            "annotator_id": person,
            "verdict": rng.choice(["first", "second", "tie"]),
            "guidelines_version": 1,
            "key": f"{number}:{comparison}",
        }
        for number, comparison in enumerate(comparisons)
        for person in rng.sample(people, wanted)
    )
    n_made = 0
    while part := list(islice(votes, BATCH)):
        n_made += len(insert(Judgement, part[: max(0, n_votes - n_made)]))
    return arena


def large_project(n_prompts: int):
    project = new_project("large")
    prompts = new_prompts(project, n_prompts, awaits_answers=True)
    random.Random(2).shuffle(prompts)
    n_answered = n_prompts // 50
    answered({"one": prompts[:n_answered], "other": prompts[n_answered - SHARED : 2 * n_answered]})
    answered({"usual": prompts})
    return project


def seconds_to_make(project) -> dict[str, list[float]]:
    """With models that share little, and with one beside one that has answered everything."""
    from annotate.arena.creating import Contender, create_arena

    found = {}
    for name, origins in (("few", ("one", "other")), ("usual", ("one", "usual"))):
        started, began = time.perf_counter(), time.process_time()
        create_arena(
            project=project,
            name=name,
            contenders=[Contender(origin, origin) for origin in origins],
            eval_share=EVAL_SHARE,
            seed=2,
        )
        took = time.perf_counter() - started, time.process_time() - began
        found[name] = [round(each, 4) for each in took]
    return found


def new_project(slug: str):
    from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
    from annotate.judging.protocols.versions import add_version
    from annotate.models import Project

    project = Project.objects.create(slug=slug, name=slug.capitalize(), overlap=1)
    add_version(project, PRESETS[USUAL_PRESET].declaration)
    return project


def new_prompts(project, n: int, **fields: object) -> list[int]:
    from annotate.database.bulk_insert import insert
    from annotate.models import Prompt

    names = (uuid.uuid4().hex for _number in range(n))
    rows = (
        {
            "project_id": project.pk,
            "messages": [{"role": "user", "content": f"{name}: why is the sky blue?"}],
            "digest": f"{name:0>64}",
            **fields,
        }
        for name in names
    )
    found: list[int] = []
    while part := list(islice(rows, BATCH)):
        found += insert(Prompt, part)
    return found


def answered(by: dict[str, Sequence[int]]) -> None:
    from annotate.database.bulk_insert import insert
    from annotate.models import Completion

    rows = (
        {
            "prompt_id": prompt,
            "text": f"{name} says: because of the way light is scattered.",
            "digest": f"{name:0>64}",
            "origin": name,
        }
        for name, prompts in by.items()
        for prompt in prompts
    )
    while part := list(islice(rows, BATCH)):
        insert(Completion, part)


def new_people(project) -> list[int]:
    from annotate.models import Role
    from annotate.people.members import add_member, create_user

    members = [
        add_member(
            project=project, user=create_user(username=f"person-{number}"), role=Role.ANNOTATOR
        )
        for number in range(N_PEOPLE)
    ]
    return [member.annotator_id for member in members]


if __name__ == "__main__":
    main()
