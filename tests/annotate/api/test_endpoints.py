"""Endpoints by the API: the key goes in and never comes out."""

import pytest

from annotate.endpoints.endpoints import server_of
from annotate.models import Endpoint, Role
from tests.factories import make_admin, make_endpoint, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "A provider",
    "base_url": "https://models.test/v1",
    "model_names": ["small"],
    "key": "canary-key-of-the-tests",
    "price_out": 600,
}


def signed_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_endpoint_is_made_changed_and_listed_without_its_key(client):
    signed_in(client, make_admin())
    made = client.post("/api/v1/endpoints/", GIVEN, "application/json")
    assert made.status_code == 201
    body = made.json()
    assert (body["has_key"], body["key_tail"], body["price_out"]) == (True, "ests", 600)
    address = f"/api/v1/endpoints/{body['id']}/"
    changed = client.patch(address, {"most_at_once": 2}, "application/json")
    assert changed.json()["most_at_once"] == 2
    refused = client.patch(address, {"base_url": "https://thief.test"}, "application/json")
    assert (refused.status_code, refused.json()["field"]) == (400, "key")
    for answer in (made, changed, refused, client.get(address), client.get("/api/v1/endpoints/")):
        assert b"canary" not in answer.content
    assert server_of(Endpoint.objects.get()).key.reveal() == GIVEN["key"]


def test_leads_see_what_their_project_may_use_and_no_more_of_it(client):
    lead, project = make_user(), make_project()
    make_member(project, user=lead, role=Role.LEAD)
    usable = [make_endpoint(), make_endpoint(project=project)]
    make_endpoint(project=make_project())
    make_endpoint(is_active=False)
    found = signed_in(client, lead).get(f"/api/v1/projects/{project.slug}/endpoints/").json()
    assert {row["id"] for row in found["results"]} == {str(row.public_id) for row in usable}
    assert set(found["results"][0]) == {
        *("id", "name", "model_names", "currency", "price_in", "price_out")
    }
