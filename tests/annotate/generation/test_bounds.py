"""A generation within its bounds: what it costs, how many calls, how long, and its end."""

import pytest

from annotate.generation import running
from annotate.generation.chosen_prompts import Selection
from annotate.generation.queueing import (
    cancel_generation,
    estimate,
    resume_generation,
)
from annotate.models import (
    EndpointCall,
    EndpointMonth,
    GenerationState,
)
from tests.annotate.generation.generating import (
    endpoint_at,
    generated,
    prompts_in,
    queued,
    run,
    two_of,
)
from tests.annotate.generation.test_running import COST
from tests.bells import listen
from tests.factories import make_project
from tests.model_server import send

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_never_costs_more_than_it_may(server):
    project = make_project()
    prompts_in(project, 20)
    sources = two_of(endpoint_at(server), max_tokens=10)
    limit = 12 * COST
    row = generated(project, sources, spend_limit=limit)
    assert row.state == GenerationState.FAILED
    assert "might exceed it" in row.reason
    assert 0 < row.spent <= limit
    assert row.spent == row.n_done * COST
    resume_generation(generation=row, resumed_by=None, spend_limit=100 * COST)
    row = run(row)
    assert (row.state, row.n_comparisons, row.spent) == (GenerationState.SUCCEEDED, 20, 40 * COST)


def test_the_months_limit_of_the_endpoint_holds_too(server):
    project = make_project()
    prompts_in(project, 20)
    row = generated(project, two_of(endpoint_at(server, monthly_limit=12 * COST), max_tokens=10))
    assert "a month" in row.reason
    assert EndpointMonth.objects.get().spent <= 12 * COST


def test_no_more_calls_at_once_than_the_endpoint_allows(server):
    server.delay_seconds = 0.2  # long enough for a busy machine to have three under way
    project = make_project()
    prompts_in(project, 12)
    generated(project, two_of(endpoint_at(server, most_at_once=3)))
    assert server.most_at_once == 3


def test_a_turn_ends_and_the_next_goes_on(server, monkeypatch):
    rung = listen(monkeypatch, "annotate.tasks.run_generation")
    monkeypatch.setattr(running, "TURN_SECONDS", 0.15)
    server.delay_seconds = 0.05
    project = make_project()
    prompts_in(project, 20)
    row = queued(project, two_of(endpoint_at(server, most_at_once=2)))
    running.run_generation(generation_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempt) == (GenerationState.QUEUED, 0)
    assert 0 < row.n_done < 40
    assert rung == [row.pk, row.pk]
    assert run(row).n_comparisons == 20
    assert all(count == 1 for count in server.keys.values())


def test_cancelled_it_sends_no_more_and_keeps_what_it_has(server):
    project = make_project()
    prompts_in(project, 20)
    row = queued(project, two_of(endpoint_at(server, most_at_once=1)))
    say = server.say

    def cancel_at_the_fifth(body):
        if len(server.bodies) == 5:
            cancel_generation(generation=row, cancelled_by=None)
        return say(body)

    server.say = cancel_at_the_fifth
    row = run(row)
    assert row.state == GenerationState.CANCELLED
    assert row.n_done == len(server.bodies) < 10
    assert row.n_comparisons == row.n_done // 2
    resume_generation(generation=row, resumed_by=None)
    assert run(row).n_comparisons == 20
    assert len(server.bodies) == 40


def test_an_estimate_is_prompts_times_tokens_times_prices(server):
    project = make_project()
    prompts_in(project, 10)
    found = estimate(
        project=project,
        selection=Selection(),
        sources=two_of(endpoint_at(server), max_tokens=100),
    )
    # "Question n?" has 11 bytes: 4 + 3 tokens likely, 11 + 16 at most
    assert found.cost_likely == 2 * 10 * (7 * 2 + 50 * 3)
    assert found.cost_most == 2 * 10 * (27 * 2 + 100 * 3)
    assert not EndpointCall.objects.exists()


def test_a_server_that_gives_no_counts_costs_the_most(server):
    def without_usage(handler):
        send(handler, 200, {"choices": [{"message": {"content": "one"}, "finish_reason": "stop"}]})

    server.faults = [without_usage, without_usage]
    project = make_project()
    prompts_in(project, 1)
    row = generated(project, two_of(endpoint_at(server), max_tokens=100))
    assert row.spent == 2 * (27 * 2 + 100 * 3)
