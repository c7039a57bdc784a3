"""Fixtures for tests that need real processes or a real browser; rows come from `factories`."""

import copy
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import translation

from tests.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.world import World

CHROMIUM_FLAGS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(autouse=True)
def usual_language() -> Iterator[None]:
    """A request leaves its reader's language behind; no test begins with that of another."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="module")
def standing(django_db_setup, django_db_blocker) -> "Iterator[World]":
    """A world for all tests of a file, none of which may commit: it stands in a transaction."""
    from tests.world import standing_world

    with standing_world(django_db_blocker) as made:
        yield made


@pytest.fixture
def world(standing, db) -> "World":
    """Two projects and everybody who may meet them; what a test does to it, no other test sees."""
    return copy.deepcopy(standing)


@pytest.fixture
def stack(transactional_db) -> Iterator[Stack]:
    """Web, workers and scheduler as processes; stopped before the rows of the test are deleted."""
    stack = Stack()
    try:
        stack.start_all()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium as the system installed it; none is downloaded."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("BROWSER TESTS SKIPPED: chromium is not installed")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, at which Django takes alarm.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A fresh page; the test fails if the page broke its security policy or threw an error."""
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert not faults, faults


# Whole runs, processes and pages: what `script/test --quick` leaves to the whole suite.
SLOW = (
    "alignment_core/methods/",
    "alignment_core/models/test_adapters.py",
    "alignment_core/models/test_half_weights.py",
    "alignment_core/processes/",
    "alignment_core/runs/test_plan.py",
    "alignment_core/tasks/",
    "alignment_core/test_command_line.py",
    "alignment_core/trainers/test_reference_cache.py",
    "annotate/agreement/test_reports.py",
    "annotate/api/",
    "annotate/arena/",
    "annotate/comparisons/test_resolution_batches.py",
    "annotate/exports/test_coming_back.py",
    "annotate/exports/test_edits.py",
    "annotate/exports/test_rankings_coming_back.py",
    "annotate/generation/",
    "annotate/imports/test_kill.py",
    "annotate/judging/test_kill.py",
    "annotate/judging/test_model.py",
    "annotate/judging/test_queries.py",
    "annotate/judging/test_ranking_threads.py",
    "annotate/judging/test_simulation.py",
    "annotate/judging/test_threads.py",
    "annotate/views/",
    "browser/",
    "config/",
    "test_authorisation_matrix.py",
    "test_blindness.py",
    "test_whole_loop.py",
    "training/api/",
    "training/checkpoints/",
    "training/execution/",
    "training/forms/test_runs.py",
    "training/management/",
    "training/runs/",
    "training/demo/",
    "training/views/",
)


USE_A_DATABASE = {"db", "transactional_db", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-database", action="store_true", help="only tests that depend on the database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        place = item.nodeid.removeprefix("tests/")
        if place.startswith(SLOW):
            item.add_marker("slow")
    if config.getoption("--with-database"):
        left_out = [item for item in items if not depends_on_the_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if depends_on_the_database(item)]


def depends_on_the_database(item: pytest.Item) -> bool:
    """Whether it asks for one, by itself or through a fixture, and not only for its rows."""
    if item.get_closest_marker("any_database") is not None:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & USE_A_DATABASE)
