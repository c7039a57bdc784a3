"""What the tests of people's work share."""

import pytest


@pytest.fixture
def rung(monkeypatch, django_capture_on_commit_callbacks):
    """The projects that a worker was rung for."""
    from annotate import tasks

    rung = []
    monkeypatch.setattr(tasks.refresh_agreement_of, "delay", rung.append)
    return rung
