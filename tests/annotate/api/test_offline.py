"""Taking comparisons along by the API, and sending what was judged by their leases."""

import pytest

from annotate.models import Comparison, Judgement, Lease, Project
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/projects/helpful/offline/"


@pytest.fixture
def project() -> Project:
    project = make_project(slug="helpful", overlap=1, offline_pairs=10)
    make_comparisons(project, 12)
    return project


@pytest.fixture
def client(calling, project):
    return calling(make_member(project, user=make_user()).user)


def test_a_batch_is_taken_judged_by_its_leases_and_given_back(client):
    taken = client.post(ADDRESS, {}, format="json").json()["results"]
    assert len(taken) == 10
    assert client.get(ADDRESS).json()["results"] == taken
    lease, comparison = taken[3]["lease"], taken[3]["comparison"]
    assert set(comparison) == {"prompt", "left", "right"}
    body = {"lease": lease["id"], "verdict": "left", "key": "mine", "next": False}
    for _twice in range(2):
        answer = client.post("/api/v1/projects/helpful/judgements/", body, format="json")
        assert answer.status_code == 201
        assert (answer.json()["next"], answer.json()["ahead"]) == (None, None)
    assert Judgement.objects.count() == 1
    assert not Lease.objects.filter(is_offline=False).exists()
    assert len(client.get(ADDRESS).json()["results"]) == 9
    assert client.delete(ADDRESS).status_code == 204
    assert client.get(ADDRESS).json()["results"] == []
    assert not Comparison.objects.filter(n_leased__gt=0).exists()


def test_a_project_that_offers_none_says_so(client):
    Project.objects.update(offline_pairs=0)
    refused = client.post(ADDRESS, {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "offline_not_offered")
