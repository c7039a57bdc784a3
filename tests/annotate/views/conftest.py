"""Somebody who judges for a project, and their browser."""

import pytest
from django.test import Client

from tests.factories import make_comparisons, make_member, make_project, make_user


@pytest.fixture
def project():
    project = make_project(overlap=3)
    make_comparisons(project, 4)
    return project


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user(username="ann"))


@pytest.fixture
def browser(annotator) -> Client:
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client
