"""Answers from models by the API and by the command."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotate.generation.running import run_generation
from annotate.models import Comparison, Generation, Role
from tests.annotate.generation.conftest import quick, server  # noqa: F401
from tests.annotate.generation.generating import endpoint_at, prompts_in
from tests.factories import make_endpoint, make_member, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_estimated_asked_for_watched_and_over(client, server):  # noqa: F811
    project, user = make_project(), make_user()
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    prompts_in(project, 2)
    endpoint = endpoint_at(server)
    sources = [
        {"endpoint": str(endpoint.public_id), "model": "small", "seed": seed, "max_tokens": 100}
        for seed in (1, 2)
    ]
    address = f"/api/v1/projects/{project.slug}/answers/"

    def post(where, body):
        return client.post(where, body, "application/json")

    estimate = post(f"{address}estimate/", {"sources": sources}).json()
    assert (estimate["n_prompts"], estimate["cost_most"]) == (2, 2 * 2 * (27 * 2 + 100 * 3))
    asked = post(address, {"sources": sources, "spend_limit": 10**9})
    assert asked.status_code == 202
    own = f"/api/v1/answers/{asked.json()['id']}/"
    assert post(f"{own}cancel/", {}).json()["state"] == "cancelled"
    assert post(f"{own}cancel/", {}).status_code == 409
    assert post(f"{own}resume/", {}).json()["state"] == "queued"
    run_generation(generation_id=Generation.objects.get().pk)
    found = client.get(own).json()
    assert (found["state"], found["n_done"], found["n_comparisons"]) == ("succeeded", 4, 2)
    assert found["sources"][0]["sampling"] == {"max_tokens": 100, "temperature": 1.0, "seed": 1}
    assert len(client.get(address).json()["results"]) == 1


def test_an_endpoint_of_another_project_is_none(client):
    project, user = make_project(), make_user()
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    prompts_in(project, 1)
    foreign = make_endpoint(project=make_project())
    source = {"endpoint": str(foreign.public_id), "model": "small"}
    body = {"sources": [source, source]}
    answer = client.post(f"/api/v1/projects/{project.slug}/answers/", body, "application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "endpoint")


def test_the_command_estimates_and_does_it_here(server, capsys):  # noqa: F811
    project = make_project()
    prompts_in(project, 2)
    endpoint_at(server, name="here")
    asked = ("fill_answers", project.slug, "--source=here:small", "--source=here:large", "--json")
    call_command(*asked, "--estimate")
    assert json.loads(capsys.readouterr().out)["n_prompts"] == 2
    call_command(*asked, "--wait")
    facts = json.loads(capsys.readouterr().out)
    assert (facts["state"], facts["n_comparisons"]) == ("succeeded", 2)
    assert Comparison.objects.count() == 2
    with pytest.raises(CommandError, match="No endpoint is called 'there'"):
        call_command("fill_answers", project.slug, "--source=there:x", "--source=here:small")
