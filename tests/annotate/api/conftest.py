"""Clients of the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from annotate.models import User
from annotate.people.members import issue_token

Caller = Callable[[User], APIClient]


@pytest.fixture
def calling(db) -> Caller:
    """A program that calls with a token of this user."""

    def client_of(user: User) -> APIClient:
        _token, plain = issue_token(user=user, name="test")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {plain}")
        return client

    return client_of
