"""The pages of endpoints: who keeps which, and that a key is shown to nobody."""

import pytest

from annotate.endpoints.endpoints import server_of
from annotate.models import Endpoint, Role
from tests.factories import make_admin, make_endpoint, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "A provider",
    "base_url": "https://models.test/v1",
    "model_names": "small\nlarge\n small ",
    "key": "canary-key-of-the-tests",
    "length_field": "max_tokens",
    "currency": "USD",
    "price_in": "0.15",
    "price_out": "0.6",
    "monthly_limit": "20",
    "most_at_once": "4",
    "timeout_seconds": "60",
    "is_active": "on",
}


@pytest.fixture
def admin_client(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def signed_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_endpoint_is_kept_as_it_was_written_down(admin_client):
    assert "There is no endpoint yet" in admin_client.get("/endpoints/").content.decode()
    page = admin_client.post("/endpoints/new/", GIVEN, follow=True).content.decode()
    endpoint = Endpoint.objects.get()
    assert endpoint.model_names == ["small", "large"]
    assert (endpoint.price_in, endpoint.price_out) == (150, 600)
    assert endpoint.monthly_limit == 20 * 10**9
    assert server_of(endpoint).key.reveal() == GIVEN["key"]
    assert "canary" not in page
    assert "…ests" in page
    assert 'value="0.15"' in page
    assert "…ests" in admin_client.get("/endpoints/").content.decode()


def test_saving_the_page_again_changes_nothing(admin_client):
    admin_client.post("/endpoints/new/", GIVEN)
    endpoint = Endpoint.objects.get()
    again = {name: value for name, value in GIVEN.items() if name != "key"}
    admin_client.post(f"/endpoints/{endpoint.public_id}/", again)
    changed = Endpoint.objects.get()
    assert {**vars(changed), "_state": 0} == {**vars(endpoint), "_state": 0}


def test_what_is_wrong_stands_at_its_field_and_the_key_does_not_come_back(admin_client):
    given = {**GIVEN, "base_url": "http://models.test/v1"}
    page = admin_client.post("/endpoints/new/", given).content.decode()
    assert "ACCORD_ENDPOINT_ALLOW" in page
    assert "canary" not in page
    assert not Endpoint.objects.exists()


def test_trying_one_that_nobody_may_call_says_so(admin_client, settings):
    settings.ACCORD_ENDPOINT_ALLOW = []
    endpoint = make_endpoint(base_url="https://127.0.0.1/v1", key_encrypted="", key_tail="")
    address = f"/endpoints/{endpoint.public_id}/try/"
    page = admin_client.post(address, {"model": "small"}, follow=True).content.decode()
    assert "which is no public address" in page


def test_leads_keep_endpoints_of_their_project_only_where_that_is_allowed(client, settings):
    lead = make_user()
    project, other = make_project(), make_project()
    make_member(project, user=lead, role=Role.LEAD)
    signed_in(client, lead)
    new = f"/projects/{project.slug}/endpoints/new/"
    assert client.get(new).status_code == 403
    settings.ACCORD_LEADS_KEEP_ENDPOINTS = True
    assert client.post(new, GIVEN).status_code == 302
    kept = Endpoint.objects.get()
    assert kept.project == project
    assert client.get(f"/endpoints/{kept.public_id}/").status_code == 200
    assert client.get("/endpoints/").status_code == 403
    assert client.get("/endpoints/new/").status_code == 403
    for endpoint, answer in ((make_endpoint(), 403), (make_endpoint(project=other), 404)):
        assert client.get(f"/endpoints/{endpoint.public_id}/").status_code == answer
        assert client.post(f"/endpoints/{endpoint.public_id}/try/").status_code == answer
    assert client.get(f"/projects/{other.slug}/endpoints/new/").status_code == 404
