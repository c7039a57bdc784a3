"""A browser of the administration."""

import pytest

from tests.factories import make_admin


@pytest.fixture
def admin_client(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client
