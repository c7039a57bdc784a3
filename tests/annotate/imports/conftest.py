"""A lead and their browser."""

import pytest

from tests.factories import make_member, make_project, make_user


@pytest.fixture
def lead(client):
    project = make_project()
    user = make_user()
    make_member(project, user=user, role="lead")
    client.force_login(user)
    return client, project
