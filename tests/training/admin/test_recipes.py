"""Recipes and rounds in the administration."""

import pytest
from django.urls import reverse

from tests.training.automation.rounds import make_recipe
from training.models import Round

pytestmark = pytest.mark.django_db(transaction=True)


def test_recipes_are_run_paused_and_let_go_on_from_the_list(
    admin_client, judged_project, tiny_base
):
    recipe = make_recipe(judged_project(2), tiny_base)
    recipes = reverse("admin:training_recipe_changelist")

    def act(address: str, action: str, row) -> str:
        sent = {"action": action, "_selected_action": [row.pk]}
        return admin_client.post(address, sent, follow=True).content.decode()

    act(recipes, "pause", recipe)
    assert "This recipe is paused" in act(recipes, "run_now", recipe)
    act(recipes, "let_go_on", recipe)
    assert "done" in act(recipes, "run_now", recipe)
    begun = Round.objects.get()
    rounds = reverse("admin:training_round_changelist")
    for action, state in (("cancel", "cancelled"), ("resume", "running")):
        act(rounds, action, begun)
        begun.refresh_from_db()
        assert begun.state == state
    for row in (recipe, begun):
        name = row._meta.model_name
        address = reverse(f"admin:training_{name}_change", args=[row.pk])
        assert admin_client.get(address).status_code == 200
        assert admin_client.post(address, {}).status_code == 403
