"""Recipes in versions, and the four that ship."""

import pytest

from annotate.models import AuditEvent
from tests.factories import make_admin, make_project
from tests.training.automation.rounds import begin, dpo_steps, make_recipe
from training.automation.recipes import (
    change_steps,
    create_recipe,
    newest_version,
    pause_recipe,
    rename_recipe,
)
from training.automation.schedule_words import schedule_in_words
from training.automation.shipped import SHIPPED, add_shipped
from training.errors import RecipeRefused, ScheduleRefused
from training.models import Recipe, RecipeVersion

pytestmark = pytest.mark.django_db


def test_a_change_makes_another_version_and_leaves_the_first(judged_project, tiny_base):
    recipe = make_recipe(judged_project(2), tiny_base)
    first = newest_version(recipe)
    begun = begin(recipe)
    second = change_steps(recipe_id=recipe.public_id, steps=dpo_steps(tiny_base, beta=0.3))
    assert (first.number, second.number) == (1, 2)
    first.refresh_from_db()
    assert first.steps[1]["settings"]["beta"] == 0.2
    assert second.steps[1]["settings"]["beta"] == 0.3
    assert begun.version == first


def test_the_same_steps_again_make_no_version(judged_project, tiny_base):
    recipe = make_recipe(judged_project(2), tiny_base)
    change_steps(recipe_id=recipe.public_id, steps=dpo_steps(tiny_base, beta=0.2))
    assert recipe.versions.count() == 1


def test_a_change_of_what_somebody_else_has_changed_is_refused(judged_project, tiny_base):
    recipe = make_recipe(judged_project(2), tiny_base)
    change_steps(recipe_id=recipe.public_id, steps=dpo_steps(tiny_base, beta=0.3), seen=1)
    with pytest.raises(RecipeRefused) as refused:
        change_steps(recipe_id=recipe.public_id, steps=dpo_steps(tiny_base), seen=1)
    assert (refused.value.field, refused.value.value) == ("version", 1)
    assert recipe.versions.count() == 2


def test_a_recipe_that_is_refused_leaves_nothing(judged_project, tiny_base):
    project = judged_project(2)
    with pytest.raises(RecipeRefused):
        create_recipe(project=project, name="A", steps=[{"do": "thaw"}])
    assert not Recipe.objects.exists()
    recipe = make_recipe(project, tiny_base)
    with pytest.raises(RecipeRefused):
        change_steps(recipe_id=recipe.public_id, steps=[{"do": "thaw"}])
    assert RecipeVersion.objects.count() == 1


def test_names_differ_within_a_project(judged_project, tiny_base):
    project = judged_project(2)
    make_recipe(project, tiny_base, name="A")
    other = make_recipe(project, tiny_base, name="B")
    make_recipe(make_project(), tiny_base, name="A")
    for act in (
        lambda: make_recipe(project, tiny_base, name=" A "),
        lambda: rename_recipe(recipe_id=other.public_id, name="A"),
        lambda: rename_recipe(recipe_id=other.public_id, name="  "),
        lambda: rename_recipe(recipe_id=other.public_id, name="x" * 81),
    ):
        with pytest.raises(RecipeRefused) as refused:
            act()
        assert refused.value.field == "name"
    assert rename_recipe(recipe_id=other.public_id, name="x" * 80).name == "x" * 80


def test_pausing_is_written_down_once(judged_project, tiny_base):
    recipe, admin = make_recipe(judged_project(2), tiny_base), make_admin()
    for is_paused in (True, True, False):
        recipe = pause_recipe(recipe_id=recipe.public_id, is_paused=is_paused, by=admin)
    actions = AuditEvent.objects.filter(action__startswith="recipe.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "recipe.create",
        "recipe.pause",
        "recipe.go_on",
    ]


@pytest.mark.parametrize("key", SHIPPED)
def test_every_recipe_that_ships_is_added_by_one_press(judged_project, tiny_base, key):
    project = judged_project(2)
    recipes = [add_shipped(key=key, project=project) for _press in range(3)]
    name = str(SHIPPED[key].name)
    assert [recipe.name for recipe in recipes] == [name, f"{name} (2)", f"{name} (3)"]
    steps = newest_version(recipes[0]).steps
    assert steps[0] == {"do": "freeze"}
    if SHIPPED[key].needs_start:
        assert steps[1]["start"] == f"checkpoint:{tiny_base.public_id}"


def test_those_that_say_when_bring_their_schedule(judged_project, tiny_base):
    project, admin = judged_project(2), make_admin()
    nightly = add_shipped(
        key="dpo_nightly", project=project, time_zone="Asia/Shanghai", added_by=admin
    )
    [schedule] = nightly.schedules.all()
    assert schedule_in_words(schedule) == (
        "It comes due every day at 02:30 (Asia/Shanghai). It starts only if the number of new "
        "preferences since the last success is at least 50. "
        "From one round to the next, 12 hours pass at least."
    )
    assert (schedule.is_paused, schedule.created_by) == (False, admin)
    every_500 = add_shipped(key="reward_model_every_500_votes", project=project, is_paused=True)
    [schedule] = every_500.schedules.all()
    assert (schedule.trigger, schedule.every_n, schedule.is_paused) == ("preferences", 500, True)
    for key in ("sft_reward_model_grpo", "challenger_against_champion"):
        assert not add_shipped(key=key, project=project).schedules.exists()


def test_with_a_wrong_time_zone_nothing_is_added(judged_project, tiny_base):
    for key in SHIPPED:
        with pytest.raises(ScheduleRefused) as refused:
            add_shipped(key=key, project=judged_project(2), time_zone="Nowhere")
        assert refused.value.field == "time_zone"
    assert not Recipe.objects.exists()


def test_there_are_four_of_them():
    assert [str(one.name) for one in SHIPPED.values()] == [
        "DPO, nightly",
        "Reward model every 500 votes",
        "SFT → reward model → GRPO",
        "Challenger against champion",
    ]


def test_without_a_model_to_start_from_it_is_said(judged_project):
    with pytest.raises(RecipeRefused) as refused:
        add_shipped(key="dpo_nightly", project=judged_project(2))
    assert refused.value.field == "start"
    assert not Recipe.objects.exists()
