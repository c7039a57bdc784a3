import pytest
from rest_framework.test import APIClient

from annotate.models import ApiToken
from annotate.people.members import issue_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/tokens/"


def test_a_new_token_is_shown_once_and_works(calling):
    client = calling(make_user())
    made = client.post(TOKENS, {"name": "notebook"}, format="json")
    assert made.status_code == 201
    plain = made.json()["token"]
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Token {plain}")
    listed = other.get(TOKENS)
    assert listed.status_code == 200
    assert {row["name"] for row in listed.json()["results"]} == {"test", "notebook"}
    assert plain not in listed.content.decode()
    assert "digest" not in listed.content.decode()


def test_revoking_a_token_stops_it(calling):
    client = calling(make_user())
    made = client.post(TOKENS, {"name": "notebook"}, format="json").json()
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Token {made['token']}")
    assert client.delete(f"{TOKENS}{made['id']}/").status_code == 204
    assert other.get(TOKENS).status_code == 401


def test_somebody_elses_token_is_neither_listed_nor_revocable(calling):
    token, _plain = issue_token(user=make_user(), name="theirs")
    client = calling(make_user())
    assert "theirs" not in client.get(TOKENS).content.decode()
    assert client.delete(f"{TOKENS}{token.public_id}/").status_code == 404
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None


@pytest.mark.parametrize("field", ["user", "digest", "prefix", "revoked_at", "is_superuser"])
def test_a_token_body_takes_no_field_that_is_not_its_own(calling, field):
    client = calling(make_user())
    answer = client.post(TOKENS, {"name": "mine", field: "1"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert not ApiToken.objects.filter(name="mine").exists()


def test_a_token_cannot_be_born_expired(calling):
    client = calling(make_user())
    body = {"name": "mine", "expires_at": "2020-01-01T00:00:00Z"}
    answer = client.post(TOKENS, body, format="json")
    assert answer.status_code == 400
    assert answer.json() | {"errors": None} == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "This time is already past.",
        "code": "invalid",
        "field": "expires_at",
        "value": "2020-01-01T00:00:00Z",
        "errors": None,
    }
