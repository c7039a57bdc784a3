"""Arenas by the API and by the command."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotate.arena.tending import tend_arena
from annotate.models import Arena, Role
from tests.annotate.arena.arenas import by_chance, judge_all, make_answered, make_arena
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(client):
    project, user = make_answered(20, ("a", "b")), make_user()
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return project


def test_opened_judged_read_and_closed(client, project):
    address = f"/api/v1/projects/{project.slug}/arenas/"
    body = {
        "name": "a or b",
        "contestants": [{"origin": "a", "name": "Ay"}, {"origin": "b"}],
        "eval_share": 0.999999,
        "target": 12,
    }
    made = client.post(address, body, "application/json")
    assert made.status_code == 201, made.content
    assert [one["name"] for one in made.json()["contestants"]] == ["Ay", "b"]
    assert client.get(address).json()["results"][0]["id"] == made.json()["id"]
    own = f"/api/v1/arenas/{made.json()['id']}/"
    assert client.get(own).json()["standings"] is None
    arena = Arena.objects.get()
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance())
    tend_arena(arena_id=arena.pk)
    found = client.get(own).json()
    assert found["standings"]["overall"]["n_judgements"] == 12
    assert (found["state"], found["n_drawn"]) == ("closed", 12)
    assert client.post(f"{own}close/").status_code == 409
    assert client.post(f"{own}reopen/").status_code == 409  # it has all its judgements
    Arena.objects.update(target=13)
    assert client.post(f"{own}reopen/").json()["state"] == "open"
    assert client.post(f"{own}close/").json()["state"] == "closed"
    page = client.get(f"{own}meetings/?page_size=7").json()
    assert [row["number"] for row in page["results"]] == list(range(1, 8))
    assert page["results"][0]["probability"] == pytest.approx(1 / 20)
    assert {page["results"][0]["first"], page["results"][0]["second"]} == {0, 1}
    assert len(client.get(page["next"]).json()["results"]) == 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contestants": [{"origin": "a"}]}, "contestants"),
        ({"contestants": [{"origin": "a"}, {"origin": "nobody"}]}, "contestants"),
        ({"target": 0}, "target"),
        ({"misspelt": 1}, "misspelt"),
    ],
)
def test_what_makes_no_arena_is_refused_by_field(client, project, change, field):
    body = {
        "name": "a or b",
        "contestants": [{"origin": "a"}, {"origin": "b"}],
        "eval_share": 0.999999,
    }
    answer = client.post(
        f"/api/v1/projects/{project.slug}/arenas/", {**body, **change}, "application/json"
    )
    assert answer.status_code == 400
    assert field in json.dumps(answer.json())
    assert not Arena.objects.exists()


def test_the_command_counts_now_and_says_it(capsys):
    arena = make_arena(n_prompts=20)
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance(1))
    call_command("arena_standings", str(arena.public_id))
    said = capsys.readouterr().out
    assert "Who is best: 20 judgements by 1 people" in said
    assert "a against b: " in said
    call_command("arena_standings", str(arena.public_id), "--json")
    assert json.loads(capsys.readouterr().out)["standings"]["overall"]["n_judgements"] == 20
    with pytest.raises(CommandError, match="no arena"):
        call_command("arena_standings", str(arena.project.public_id))
