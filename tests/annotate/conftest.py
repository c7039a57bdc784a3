"""What the tests of people's work share."""

import pytest

from annotate.agreement.reports import REFRESH
from tests.bells import listen


@pytest.fixture
def rung(monkeypatch, django_capture_on_commit_callbacks):
    """The projects that a worker was rung for."""
    return listen(monkeypatch, REFRESH)
