"""One beat over many schedules, none of which has news, and one in which all of them have.

    script/bench schedules [--schedules 1000] [--projects 50] [--beats 20] [--database sqlite]

Each schedule has a recipe of its own with rounds behind it, and four clauses; facts are stored
beforehand, as a worker measures them. `seconds` is the median beat (look, evaluate, decide, one
update for all), `seconds_with_news` the one beat that writes a check for each; `queries` and
`queries_with_news` are how often each asks the database. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from _fresh import in_a_fresh_process, set_up_django  # noqa: E402

N_ROUNDS = 30  # behind each recipe
CONDITIONS = {
    "all": [
        {"fact": "alpha.lower", "at_least": 0.4, "for_hours": 24},
        {"fact": "held_out_pairs", "at_least": 200},
        {
            "any": [
                {"fact": "contested_share.upper", "at_most": 0.1},
                {"fact": "judgements", "above": 10**6},
            ]
        },
    ]
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark a beat over many schedules.")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--beats", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(measure(json.loads(options.run))))
        return
    plan = {name: getattr(options, name) for name in ("schedules", "projects", "beats")}
    found = {
        database: in_a_fresh_process(__file__, {**plan, "database": database})
        for database in options.database or ["sqlite", "postgres"]
    }
    print(json.dumps({**plan, "cpus": os.cpu_count(), **found}))


def measure(plan: dict) -> dict[str, float]:
    set_up_django()
    from training.automation.beat import look_at_schedules

    make_rows(plan["schedules"], plan["projects"])
    started = time.perf_counter()
    with counted_queries() as queries_with_news:
        n_acted = look_at_schedules()
    with_news = time.perf_counter() - started
    if n_acted != plan["schedules"]:
        sys.exit(f"{n_acted} of {plan['schedules']} schedules had news in the first beat.")
    seconds = []
    for _beat in range(plan["beats"]):
        started = time.perf_counter()
        if n_acted := look_at_schedules():
            sys.exit(f"{n_acted} schedules had news in a beat after which nothing had changed.")
        seconds.append(time.perf_counter() - started)
    with counted_queries() as queries:
        look_at_schedules()
    return {
        "queries": sum(queries),
        "queries_with_news": sum(queries_with_news),
        "seconds": statistics.median(seconds),
        "slowest_seconds": max(seconds),
        "seconds_with_news": with_news,
    }


@contextmanager
def counted_queries() -> Iterator[list[int]]:
    """A list that grows by a 1 with each query."""
    from django.db import connection

    queries: list[int] = []

    def count(execute: Callable, *given: object) -> object:
        queries.append(1)
        return execute(*given)

    with connection.execute_wrapper(count):
        yield queries


def make_rows(n_schedules: int, n_projects: int) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from annotate.models import Project
    from training.automation.schedules import ScheduleSettings, make_schedule
    from training.models import ProjectFacts, Recipe, RecipeVersion, Round, Schedule

    now = timezone.now()
    facts = {
        "alpha": {"value": 0.5, "lower": 0.36, "upper": 0.6, "n": 900},
        "contested_share": {"value": 0.05, "lower": 0.03, "upper": 0.08, "n": 900},
        "held_out_pairs": {"value": 240},
        "judgements": {"value": 2700},
    }
    projects = [
        Project.objects.create(slug=f"project-{n}", name=f"Project {n}") for n in range(n_projects)
    ]
    ProjectFacts.objects.bulk_create(
        ProjectFacts(project=project, measured_at=now, held_until=now, facts=facts)
        for project in projects
    )
    for number in range(n_schedules):
        recipe = Recipe.objects.create(project=projects[number % n_projects], name=f"R {number}")
        version = RecipeVersion.objects.create(recipe=recipe, number=1, steps=[{"do": "freeze"}])
        Round.objects.bulk_create(
            Round(
                recipe=recipe,
                version=version,
                number=n,
                trigger="hand",
                state="succeeded",
                finished_at=now,
            )
            for n in range(1, N_ROUNDS + 1)
        )
        by_calendar = number % 2
        make_schedule(
            recipe=recipe,
            settings=ScheduleSettings(
                name="Ours",
                trigger="calendar" if by_calendar else "preferences",
                every_n=None if by_calendar else 500,
                rule="30 2 * * *" if by_calendar else "",
                time_zone="Europe/Berlin",
                conditions=CONDITIONS,
            ),
        )
    Schedule.objects.filter(trigger="calendar").update(next_due_at=now + timedelta(days=1))


if __name__ == "__main__":
    main()
