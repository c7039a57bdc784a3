"""A real small server of models, and waits that a test does not wait for."""

import pytest

from annotate.generation import asking, running
from tests.model_server import model_server


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    settings.ACCORD_DATA_DIR = tmp_path  # with encryption keys of its own
    monkeypatch.setattr(asking, "FIRST_DELAY_SECONDS", 0.02)
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(running, "COMPARE_SECONDS", 0.05)


@pytest.fixture
def server(settings):
    with model_server() as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", served.port)]
        yield served
