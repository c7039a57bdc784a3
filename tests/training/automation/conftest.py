"""A recipe whose rounds a test takes from step to step itself."""

import pytest

from tests.bells import listen
from tests.training.automation.rounds import make_recipe
from training.automation.advancing import DO_STEP


@pytest.fixture
def bells(monkeypatch) -> dict[str, list]:
    """Nobody is there to hear them: the tests do what the workers would."""
    tasks = ("training.tasks.advance_round", DO_STEP, "training.tasks.execute_run")
    return {task: listen(monkeypatch, task) for task in tasks}


@pytest.fixture
def recipe(judged_project, tiny_base):
    return make_recipe(judged_project(12), tiny_base)
