"""What tests of the list share."""

import pytest

from annotate.models import Role
from tests.factories import make_member, make_project, make_user


@pytest.fixture
def project(db):
    return make_project(slug="helpful", overlap=2)


@pytest.fixture
def lead(project):
    return make_member(project, user=make_user(), role=Role.LEAD)
