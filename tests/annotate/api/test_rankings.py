"""Ranking by the API: a set comes as a list of answers, and goes back as a place for each."""

import pytest

from annotate.models import Judgement, Ranking
from tests.factories import (
    make_comparison,
    make_member,
    make_project,
    make_set,
    make_user,
    ranking_asked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(slug="ranked", asks=ranking_asked(note={}), overlap=1)


@pytest.fixture
def signed_in(client, project):
    user = make_user()
    make_member(project, user=user)
    client.force_login(user)
    return client


def post(client, path, body):
    return client.post(f"/api/v1/projects/ranked/{path}/", body, content_type="application/json")


def test_a_set_is_leased_blind_and_ranked_in_one_round_trip(signed_in, project):
    completion_set = make_set(project, 4)
    given = post(signed_in, "next", {}).json()
    texts = {member.completion.text for member in completion_set.members.all()}
    assert set(given["comparison"]) == {"prompt", "answers"}
    assert set(given["comparison"]["answers"]) == texts
    sent = {"lease": given["lease"]["id"], "ranks": [2, 1, 3, 3], "note": "So.", "key": "k"}

    answer = post(signed_in, "judgements", sent)

    assert answer.status_code == 201
    said = answer.json()["judgement"]
    assert (said["verdict"], said["ranks"]) == (None, [2, 1, 3, 3])
    assert post(signed_in, "judgements", sent).json()["judgement"] == said
    ranks = {
        place.member.completion.text: place.rank for place in Ranking.objects.get().places.all()
    }
    assert [ranks[text] for text in given["comparison"]["answers"]] == [2, 1, 3, 3]
    history = signed_in.get("/api/v1/projects/ranked/history/").json()["results"]
    assert [one["ranks"] for one in history] == [[2, 1, 3, 3]]
    assert history[0]["comparison"] == given["comparison"]

    undone = signed_in.delete(f"/api/v1/judgements/{said['id']}/").json()
    assert undone["comparison"] == given["comparison"]
    assert not Judgement.objects.filter(withdrawn_at=None).exists()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "ranks"),
        ({"ranks": [1, 2]}, "invalid_input", "ranks"),
        ({"ranks": [1, 2, 4]}, "invalid_input", "ranks.2"),
        ({"verdict": "left"}, "required", "ranks"),
        ({"verdict": "left", "ranks": [1, 2, 3]}, "not_asked", "verdict"),
    ],
)
def test_what_is_no_order_is_refused_with_its_field(signed_in, project, body, code, field):
    make_set(project, 3)
    lease = post(signed_in, "next", {}).json()["lease"]["id"]
    answer = post(signed_in, "judgements", {"lease": lease, "key": "k", **body})
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)


def test_two_answers_come_by_sides_and_are_ranked_too(signed_in, project):
    make_comparison(project)
    given = post(signed_in, "next", {}).json()
    assert set(given["comparison"]) == {"prompt", "left", "right"}
    sent = {"lease": given["lease"]["id"], "ranks": [2, 1], "key": "k"}
    said = post(signed_in, "judgements", sent).json()["judgement"]
    assert (said["verdict"], said["ranks"]) == ("right", None)
