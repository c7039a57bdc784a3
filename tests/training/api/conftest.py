"""Who calls the API, and the ground they call about."""

from collections.abc import Iterator

import pytest

from tests.world import World, make_world


@pytest.fixture
def world(db) -> Iterator[World]:
    return make_world()


@pytest.fixture
def admin(world):
    return world.client("admin")


@pytest.fixture
def lead(world):
    return world.client("lead")
