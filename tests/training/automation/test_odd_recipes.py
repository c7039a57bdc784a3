"""Recipes that nobody would write: each is refused by step, field and value, and kept by none."""

import json

import pytest

from tests.factories import make_project
from tests.training.conftest import freeze
from training.automation.chain import checked_chain
from training.automation.chain_limits import MOST_CHARACTERS
from training.automation.recipe_text import steps_as_text, steps_from_text
from training.errors import RecipeRefused
from training.models import Checkpoint

pytestmark = pytest.mark.django_db

FREEZE = {"do": "freeze"}
NAN, ENDLESS = float("nan"), float("inf")


def trained(base, **more) -> dict:
    start = f"checkpoint:{base.public_id}"
    return {"do": "train", "method": "dpo", "on": "step:1", "start": start, **more}


def refused(steps, project) -> RecipeRefused:
    with pytest.raises(RecipeRefused) as raised:
        checked_chain(steps, project)
    assert raised.value.message
    assert len(str(raised.value)) < 1000
    return raised.value


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"beta": NAN}, "beta"),
        ({"beta": ENDLESS}, "beta"),
        ({"beta": 10**400}, "beta"),
        ({"batch_size": 10**30}, "batch_size"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"seed": -(10**30)}, "seed"),
        ({"n_samples": 4}, "n_samples"),  # of GRPO
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"x" * 50_000: 1}, "x" * 120 + "…"),
        ({"loss": "y" * 50_000}, "loss"),
    ],
)
def test_settings_that_no_method_has(judged_project, tiny_base, settings, field):
    error = refused([FREEZE, trained(tiny_base, settings=settings)], judged_project(0))
    assert error.field == f"steps.2.{field}"


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({**FREEZE, "selection": {"min_agreement": NAN}}, "min_agreement"),
        ({**FREEZE, "selection": {"eval_share": ENDLESS}}, "eval_share"),
        ({"do": "sample", "checkpoint": "alias:champion", "n_prompts": 10**30}, "n_prompts"),
        ({"do": "sample", "checkpoint": "alias:champion", "n_prompts": NAN}, "n_prompts"),
        ({"do": "propose", "candidate": "step:" + "9" * 5000}, "candidate"),
        ({"do": "propose", "candidate": "alias:" + "n" * 5000}, "candidate"),
        ({"do": "z" * 50_000}, "do"),
        ({}, "do"),
        (None, "do"),
    ],
)
def test_values_beyond_any_range(judged_project, step, field):
    assert refused([step], judged_project(0)).field == f"steps.1.{field}"


def test_steps_in_a_wrong_order(judged_project, tiny_base):
    project = judged_project(0)
    measured = {"do": "evaluate", "checkpoint": "step:2", "on": "step:1"}
    compared = {"do": "compare", "candidate": "step:2", "on": "step:1"}
    assert refused([trained(tiny_base), FREEZE], project).field == "steps.1.on"
    assert refused([FREEZE, measured, trained(tiny_base)], project).field == "steps.2.checkpoint"
    chain = [FREEZE, trained(tiny_base), compared, measured]
    assert refused(chain, project).field == "steps.3.candidate"


def test_the_ids_of_another_project_s_snapshots(judged_project, tiny_base):
    theirs = freeze(judged_project(4), eval_share=0)
    step = trained(tiny_base, on=f"snapshot:{theirs.public_id}")
    error = refused([step], make_project(name="Mine"))
    assert error.field == "steps.1.on"
    assert "holds nothing of the project “Mine”" in str(error)


def test_a_checkpoint_whose_files_are_gone(judged_project, tiny_base):
    Checkpoint.objects.update(is_local=False, dropped_at="2026-11-01T00:00:00Z")
    error = refused([FREEZE, trained(tiny_base)], judged_project(0))
    assert error.field == "steps.2.start"
    assert "were deleted on" in str(error)


def test_what_is_nested_too_deep_or_too_long(judged_project):
    deep: object = 1
    for _level in range(600):
        deep = [deep]
    project = judged_project(0)
    assert "depth" in str(refused([{**FREEZE, "selection": deep}], project))
    assert "depth" in str(refused(deep, project))
    long = [{**FREEZE, "selection": {"cohorts": ["c" * 99] * 1100}}]
    assert refused(long, project).value > MOST_CHARACTERS
    assert refused("x" * 50_000, project).value == "x" * 120 + "…"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON: line 1, column 1"),
        ("[\n{]", "no JSON: line 2, column 2"),
        ('[{"do": "freeze", "do": "train"}]', '“do” stands twice in one object: with "freeze"'),
        ("[" * 100_000, "nested too deep"),
        ("[" + "9" * 5000 + "]", "A number in it is too long"),
        (" " * 1_000_001, "longer than"),
    ],
)
def test_text_that_would_be_misread_is_refused(text, says):
    with pytest.raises(RecipeRefused, match=says) as raised:
        steps_from_text(text)
    assert raised.value.field == "steps"


def test_text_and_steps_are_the_same():
    steps = [{"do": "freeze", "selection": {"cohorts": ["护士"]}}]
    assert steps_from_text(steps_as_text(steps)) == steps
    assert steps_from_text(json.dumps(steps)) == steps
