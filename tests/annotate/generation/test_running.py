"""Prompts are answered by a real small server, whatever it does meanwhile."""

import pytest

from annotate.comparisons.visible import visible_comparisons
from annotate.generation.chosen_prompts import Selection
from annotate.generation.completion_sources import Source
from annotate.generation.queueing import (
    NotResumable,
    estimate,
    resume_generation,
)
from annotate.imports.unanswered import unanswered_prompts
from annotate.models import (
    AuditEvent,
    Comparison,
    Completion,
    CutCompletions,
    Endpoint,
    EndpointMonth,
    GenerationState,
    Prompt,
    WantedCompletion,
    WantedState,
)
from tests.annotate.generation.generating import (
    endpoint_at,
    generated,
    prompts_in,
    queued,
    run,
    two_of,
)
from tests.factories import make_comparison, make_project
from tests.model_server import cut, raw, status

pytestmark = pytest.mark.django_db(transaction=True)
COST = 11 * 2 + 7 * 3  # what the server says it used, at the prices of the endpoint


def test_each_prompt_becomes_one_comparison_whose_completions_know_their_origin(server):
    project = make_project()
    prompts_in(project, 5, tags=["math"])
    row = generated(project, two_of(endpoint_at(server), max_tokens=20))
    assert (row.state, row.reason) == (GenerationState.SUCCEEDED, "")
    assert (row.n_prompts, row.n_total, row.n_done, row.n_comparisons) == (5, 10, 10, 5)
    assert (row.spent, row.n_tokens_in, row.n_tokens_out) == (10 * COST, 110, 70)
    assert EndpointMonth.objects.get().spent == 10 * COST
    assert visible_comparisons(project).count() == 5
    assert unanswered_prompts(project).count() == 0
    assert all(count == 1 for count in server.keys.values())
    assert len(server.bodies) == 10
    completion = Completion.objects.filter(origin="small").first()
    assert completion.text == "small: None"
    assert completion.sampling["settings"] == {"max_tokens": 20, "temperature": 1.0}
    assert completion.sampling["request_id"].startswith("chatcmpl-")
    assert completion.sampling["finish_reason"] == "stop"
    assert len(completion.sampling["settings_digest"]) == 64
    assert server.key not in str(list(Completion.objects.values_list("sampling")))


def test_one_model_twice_with_two_seeds(server):
    project = make_project()
    prompts_in(project, 2)
    endpoint = endpoint_at(server)
    sources = [Source(endpoint, "small", seed=seed) for seed in (1, 2)]
    row = generated(project, sources)
    assert row.n_comparisons == 2
    texts = set(Completion.objects.values_list("text", "origin"))
    assert texts == {("small: 1", "small"), ("small: 2", "small")}


def test_pairs_that_look_the_same_are_left_out_and_counted(server):
    server.say = lambda body: "The same." + " " * (body["model"] == "large")
    project = make_project()
    prompts_in(project, 3)
    row = generated(project, two_of(endpoint_at(server)))
    assert (row.state, row.n_identical, row.n_comparisons) == (GenerationState.SUCCEEDED, 3, 0)
    assert not Comparison.objects.exists()
    assert unanswered_prompts(project).count() == 3  # to be answered otherwise


@pytest.mark.parametrize(
    "fault", [status(500), status(429, Retry_After="0.05"), raw(b"{not JSON"), cut]
)
def test_what_may_pass_is_tried_again_under_the_same_key(server, fault):
    server.faults = [fault]
    project = make_project()
    prompts_in(project, 2)
    row = generated(project, two_of(endpoint_at(server)))
    assert (row.state, row.n_comparisons, row.n_retries) == (GenerationState.SUCCEEDED, 2, 1)
    assert sorted(server.keys.values()) == [1, 1, 1, 2]


def test_the_wait_that_the_server_asks_for_holds_for_everybody(server):
    server.faults = [status(429, Retry_After="1")]
    project = make_project()
    prompts_in(project, 2)
    endpoint = endpoint_at(server, most_at_once=1)
    generated(project, two_of(endpoint))
    assert server.times[1] - server.times[0] >= 0.9
    assert Endpoint.objects.get().paused_until is not None


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (status(401, "wrong key"), "does not accept the key"),
        (status(404, "no model small"), "no model small"),
        (status(302, Location="http://169.254.169.254/"), "not followed"),
    ],
)
def test_what_would_end_so_for_all_ends_the_generation_with_a_sentence(server, fault, says):
    server.faults = [fault]
    project = make_project()
    prompts_in(project, 20)
    row = generated(project, two_of(endpoint_at(server, most_at_once=1)))
    assert row.state == GenerationState.FAILED
    assert says in row.reason
    assert len(server.bodies) == 1
    resume_generation(generation=row, resumed_by=None)
    assert run(row).n_comparisons == 20


def test_a_wrong_key_is_nowhere_to_be_read(server):
    project = make_project()
    prompts_in(project, 2)
    row = generated(project, two_of(endpoint_at(server, key="canary-that-is-wrong")))
    assert row.state == GenerationState.FAILED
    kept = (
        row.reason,
        *AuditEvent.objects.values_list("after"),
        *WantedCompletion.objects.values_list("reason"),
    )
    assert "canary" not in str(kept)


def test_a_prompt_that_the_server_refuses_does_not_end_the_others(server):
    server.faults = [status(400, "too long")]
    project = make_project()
    prompts_in(project, 10)
    row = generated(project, two_of(endpoint_at(server, most_at_once=1)))
    assert (row.state, row.n_failed, row.n_comparisons) == (GenerationState.SUCCEEDED, 1, 9)
    assert "too long" in WantedCompletion.objects.get(state=WantedState.FAILED).reason
    assert unanswered_prompts(project).count() == 1


def test_too_many_failures_end_it_and_going_on_asks_only_for_what_is_missing(server):
    server.say = lambda body: "" if body["model"] == "large" else "Well."
    project = make_project()
    prompts_in(project, 30)
    row = generated(project, two_of(endpoint_at(server)))
    assert row.state == GenerationState.FAILED
    assert "The answer is empty." in row.reason
    n_before = len(server.bodies)
    assert n_before < 60
    n_written = row.n_done
    server.say = lambda body: body["model"]
    resume_generation(generation=row, resumed_by=None)
    assert run(row).n_comparisons == 30
    assert len(server.bodies) - n_before == 60 - n_written
    with pytest.raises(NotResumable):
        resume_generation(generation=row, resumed_by=None)


def test_cut_answers_are_left_out_or_marked(server):
    server.finish_reason = "length"
    project = make_project()
    prompts_in(project, 1)
    sources = two_of(endpoint_at(server))
    row = generated(project, sources)
    assert (row.state, row.n_cut, row.n_comparisons) == (GenerationState.FAILED, 2, 0)
    row = generated(project, sources, cut_completions=CutCompletions.KEEP)
    assert (row.n_cut, row.n_comparisons) == (2, 1)
    assert {one.sampling["finish_reason"] for one in Completion.objects.all()} == {"length"}


def test_text_that_no_database_keeps_fails_alone(server):
    server.say = lambda body: "nul \0" if body["model"] == "small" else "fine"
    project = make_project()
    prompts_in(project, 1)
    row = generated(project, two_of(endpoint_at(server)))
    assert (row.n_failed, row.n_done) == (1, 1)
    assert "NUL" in row.reason


def test_what_a_server_says_of_its_answers_costs_none_of_them(server):
    server.finish_reason = "nul \0 half \ud800"
    project = make_project()
    prompts_in(project, 1)
    row = generated(project, two_of(endpoint_at(server)))
    assert (row.state, row.n_comparisons) == (GenerationState.SUCCEEDED, 1)
    reasons = {one.sampling["finish_reason"] for one in Completion.objects.all()}
    assert reasons == {"nul ␀ half �"}


def test_hostile_text_is_data(server):
    server.say = lambda body: f"<script>alert(1)</script>{body['model']}'; DROP TABLE x; --"
    project = make_project()
    prompts_in(project, 1)
    assert generated(project, two_of(endpoint_at(server))).n_comparisons == 1
    assert Completion.objects.filter(text__startswith="<script>").count() == 2


def test_a_prompt_is_answered_once_however_many_are_asked_to(server):
    project = make_project()
    prompts_in(project, 4)
    sources = two_of(endpoint_at(server))
    first, second = queued(project, sources), queued(project, sources)
    assert (run(first).n_comparisons, run(second).n_prompts) == (4, 0)
    assert Comparison.objects.count() == 4


def test_going_on_leaves_what_others_have_answered_meanwhile(server):
    server.faults = [status(401)]
    project = make_project()
    prompts_in(project, 3)
    row = generated(project, two_of(endpoint_at(server, most_at_once=1)))
    make_comparison(project, prompt=Prompt.objects.first())
    resume_generation(generation=row, resumed_by=None)
    row = run(row)
    assert (row.state, row.n_comparisons, row.n_total) == (GenerationState.SUCCEEDED, 2, 4)
    assert len(server.bodies) == 5


def test_prompts_are_chosen_by_import_tag_and_number(server):
    project = make_project()
    source = prompts_in(project, 4, tags=["math"])
    from tests.annotate.imports.importing import imported, json_lines

    imported(project, json_lines({"prompt": "Other?", "tags": ["math"]}, {"prompt": "None?"}))
    sources = two_of(endpoint_at(server), max_tokens=100)

    def n_of(**fields):
        return estimate(project=project, selection=Selection(**fields), sources=sources).n_prompts

    assert (n_of(), n_of(tag="math"), n_of(import_id=source.public_id)) == (6, 5, 4)
    assert n_of(tag="math", most=3) == 3
    row = generated(project, sources, selection=Selection(tag="math", most=3))
    assert (row.n_prompts, row.n_comparisons) == (3, 3)
    assert n_of() == 3
