from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotate.access.tokens import token_digest
from annotate.models import ApiToken, User
from annotate.people.members import issue_token, revoke_token
from tests.factories import make_admin, make_user

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects/"


def call_with(plain: str):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {plain}")
    return client.get(PROJECTS)


def test_a_token_calls_as_its_user():
    _token, plain = issue_token(user=make_user(), name="notebook")
    assert call_with(plain).status_code == 200


def test_only_the_hash_of_a_token_is_stored():
    token, plain = issue_token(user=make_user(), name="notebook")
    stored = ApiToken.objects.values().get(pk=token.pk)
    assert plain.startswith("accord_")
    assert len(plain.removeprefix("accord_")) >= 43  # 256 bits in base64
    assert stored["digest"] == token_digest(plain)
    assert plain not in map(str, stored.values())
    assert plain.startswith(stored["prefix"])
    assert len(stored["prefix"]) < 16  # what lists show opens nothing
    assert call_with(stored["digest"]).status_code == 401
    assert call_with(stored["prefix"]).status_code == 401


def refused(plain: str) -> None:
    answer = call_with(plain)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "The token is unknown, expired or revoked."


def test_a_revoked_token_is_refused_at_once():
    token, plain = issue_token(user=make_user(), name="notebook")
    assert call_with(plain).status_code == 200
    revoke_token(token=token)
    refused(plain)


def test_an_expired_token_is_refused():
    past = timezone.now() - timedelta(seconds=1)
    _token, plain = issue_token(user=make_user(), name="notebook", expires_at=past)
    refused(plain)


def test_a_token_that_expires_later_is_good_until_then():
    later = timezone.now() + timedelta(hours=1)
    _token, plain = issue_token(user=make_user(), name="notebook", expires_at=later)
    assert call_with(plain).status_code == 200


def test_the_token_of_an_inactive_user_is_refused():
    user = make_user()
    _token, plain = issue_token(user=user, name="notebook")
    User.objects.filter(pk=user.pk).update(is_active=False)
    refused(plain)


@pytest.mark.parametrize("plain", ["", "x", "accord_", "two words", "accord_ä", "0" * 5000])
def test_a_token_that_nobody_has_is_refused(plain):
    make_admin()
    refused(plain)


def test_the_last_use_is_written_down_at_most_once_a_minute(django_assert_num_queries):
    token, plain = issue_token(user=make_admin(), name="notebook")
    with django_assert_num_queries(3):  # the token with its user, when it was used, the projects
        call_with(plain)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with django_assert_num_queries(2):
        call_with(plain)
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    call_with(plain)
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_a_browser_session_reads_but_writes_only_with_its_csrf_token():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(PROJECTS).status_code == 200
    answer = client.post("/api/v1/tokens/", {"name": "stolen"}, format="json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert not ApiToken.objects.exists()
