"""How tests have models answer: prompts in, a real small server, turns until it is over."""

from annotate.endpoints.endpoints import make_endpoint
from annotate.generation.completion_sources import Source
from annotate.generation.queueing import queue_generation
from annotate.generation.running import run_generation
from annotate.models import UNFINISHED, Endpoint, Generation, Project
from tests.annotate.imports.importing import imported, json_lines

MOST_TURNS = 50


def prompts_in(project: Project, n: int, **fields):
    rows = [{"prompt": f"Question {number}?", **fields} for number in range(n)]
    return imported(project, json_lines(*rows))


def endpoint_at(server, **fields) -> Endpoint:
    values = {
        "name": f"server {server.port}",
        "base_url": server.base_url,
        "model_names": ["small", "large"],
        "key": server.key,
        "price_in": 2,
        "price_out": 3,
        "timeout_seconds": 5,
        "most_at_once": 8,
        **fields,
    }
    return make_endpoint(made_by=None, **values)


def two_of(endpoint: Endpoint, **fields) -> list[Source]:
    return [Source(endpoint, model, **fields) for model in ("small", "large")]


def queued(project: Project, sources: list[Source], **options) -> Generation:
    return queue_generation(project=project, requested_by=None, sources=sources, **options)


def run(row: Generation) -> Generation:
    """Turn by turn, until it is over."""
    for _turn in range(MOST_TURNS):
        run_generation(generation_id=row.pk)
        row.refresh_from_db()
        if row.state not in UNFINISHED:
            return row
    raise AssertionError(f"{row.state} after {MOST_TURNS} turns")


def generated(project: Project, sources: list[Source], **options) -> Generation:
    return run(queued(project, sources, **options))
