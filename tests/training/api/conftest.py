"""Who calls the API."""

import pytest


@pytest.fixture
def admin(world):
    return world.client("admin")


@pytest.fixture
def lead(world):
    return world.client("lead")
