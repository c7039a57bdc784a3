"""Recipes, and the rounds that carry them out."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly, ShownRows
from training.automation.recipes import newest_version, pause_recipe
from training.automation.rounds import cancel_round, resume_round, start_round
from training.models import Recipe, Round, RoundStep, RoundTrigger


@admin.register(Recipe)
class RecipeAdmin(ReadOnly):
    list_display = ["name", "project", "is_paused", "created_at"]
    list_filter = ["is_paused", "project"]
    search_fields = ["public_id", "name"]
    actions = ["run_now", "pause", "let_go_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The training desk’s own form: a recipe that ships brings its schedule along."""
        return redirect("training:recipe_add")

    def view_on_site(self, obj: Recipe) -> str:
        return reverse("training:recipe", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Run the selected recipes now"))
    def run_now(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self.act_on_each(
            request,
            recipes,
            lambda recipe: start_round(
                version=newest_version(recipe),
                trigger=RoundTrigger.HAND,
                user=signed_in(request.user),
            ),
        )

    @admin.action(description=gettext_lazy("Pause the selected recipes"))
    def pause(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self._pause(request, recipes, is_paused=True)

    @admin.action(description=gettext_lazy("Let the selected recipes go on"))
    def let_go_on(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self._pause(request, recipes, is_paused=False)

    def _pause(self, request: HttpRequest, recipes: QuerySet[Recipe], *, is_paused: bool) -> None:
        self.act_on_each(
            request,
            recipes,
            lambda recipe: pause_recipe(
                recipe_id=recipe.public_id, is_paused=is_paused, by=signed_in(request.user)
            ),
        )


class RoundStepInline(ShownRows):
    model = RoundStep
    fields = ("number", "kind", "state", "snapshot", "run", "arena", "reason", "finished_at")


@admin.register(Round)
class RoundAdmin(ReadOnly):
    list_display = ["__str__", "trigger", "state", "started_at", "finished_at", "reason"]
    list_filter = ["state", "trigger", "recipe__project"]
    search_fields = ["public_id", "recipe__name"]
    inlines = [RoundStepInline]
    actions = ["cancel", "resume"]

    def view_on_site(self, obj: Round) -> str:
        return reverse("training:round", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Cancel the selected rounds"))
    def cancel(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self.act_on_each(
            request,
            rounds,
            lambda row: cancel_round(round_id=row.public_id, cancelled_by=signed_in(request.user)),
        )

    @admin.action(description=gettext_lazy("Let the selected rounds go on"))
    def resume(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self.act_on_each(
            request,
            rounds,
            lambda row: resume_round(round_id=row.public_id, resumed_by=signed_in(request.user)),
        )
