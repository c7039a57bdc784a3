"""Recipes and rounds: kept, begun and cancelled by site admins; read by the leads concerned."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.pagination import InOrderOf
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Project
from training.access.permissions import visible_recipes, visible_rounds
from training.api.serializers.recipes import (
    RecipeBody,
    RecipeChange,
    RecipeQuery,
    RecipeSerializer,
    RecipeVersionSerializer,
    RoundQuery,
    RoundSerializer,
)
from training.api.throttles import RunThrottle
from training.automation.recipes import (
    change_steps,
    create_recipe,
    newest_version,
    pause_recipe,
    rename_recipe,
    with_newest_version,
)
from training.automation.rounds import cancel_round, resume_round, start_round
from training.automation.shipped import add_shipped
from training.automation.told_reasons import told
from training.models import Checkpoint, Recipe, Round, RoundStep, RoundTrigger


class RecipeViewSet(ApiViewSet):
    throttle_classes = [RunThrottle]
    queries = {"list": RecipeQuery}

    @extend_schema(parameters=[RecipeQuery], responses=RecipeSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The recipes of the projects that you lead."""
        recipes = self._visible()
        if "project" in self.filters:
            recipes = recipes.filter(project__slug=self.filters["project"])
        return self.page_of(with_newest_version(recipes), RecipeSerializer)

    @extend_schema(request=RecipeBody, responses={201: RecipeSerializer})
    def create(self, request: Request) -> Response:
        """Keep a recipe: its steps, or one of those that ship."""
        require_site_admin(self.caller)
        body = self.body(RecipeBody)
        project = _project(body["project"])
        if "shipped" in body:
            recipe = add_shipped(
                key=body["shipped"],
                project=project,
                start=_start(body),
                time_zone=body.get("time_zone", "UTC"),
                is_paused=body.get("schedule_paused", False),
                added_by=self.caller,
            )
        else:
            recipe = create_recipe(
                project=project, name=body["name"], steps=body["steps"], created_by=self.caller
            )
        return Response(RecipeSerializer(recipe).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=RecipeSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A recipe as it stands."""
        return Response(RecipeSerializer(self._recipe(public_id)).data)

    @extend_schema(request=RecipeChange, responses=RecipeSerializer)
    def partial_update(self, request: Request, public_id: str) -> Response:
        """Rename, pause, or change the steps, which makes another version: all of it or nothing."""
        recipe = self._recipe_to_change(public_id)
        body = self.body(RecipeChange)
        with transaction.atomic():
            if "steps" in body:
                change_steps(
                    recipe_id=recipe.public_id,
                    steps=body["steps"],
                    seen=body.get("version"),
                    changed_by=self.caller,
                )
            if "name" in body:
                rename_recipe(recipe_id=recipe.public_id, name=body["name"], renamed_by=self.caller)
            if "is_paused" in body:
                pause_recipe(
                    recipe_id=recipe.public_id, is_paused=body["is_paused"], by=self.caller
                )
        return Response(RecipeSerializer(self._recipe(public_id)).data)

    @extend_schema(request=None, responses={201: RoundSerializer})
    def start(self, request: Request, public_id: str) -> Response:
        """Begin a round; a recipe has one at a time."""
        recipe = self._recipe_to_change(public_id)
        begun = start_round(
            version=newest_version(recipe), trigger=RoundTrigger.HAND, user=self.caller
        )
        return Response(RoundSerializer(begun).data, status=status.HTTP_201_CREATED)

    def _visible(self) -> QuerySet[Recipe]:
        return visible_recipes(self.caller).select_related("project").prefetch_related("schedules")

    def _recipe(self, public_id: str) -> Recipe:
        recipe = self._visible().filter(public_id=public_id).first()
        if recipe is None:
            raise Http404
        return recipe

    def _recipe_to_change(self, public_id: str) -> Recipe:
        recipe = self._recipe(public_id)
        require_site_admin(self.caller)
        return recipe


class VersionPages(InOrderOf):
    fields = ("number",)


class RecipeVersionViewSet(ApiViewSet):
    pagination_class = VersionPages

    @extend_schema(responses=RecipeVersionSerializer(many=True))
    def list(self, request: Request, public_id: str) -> Response:
        """Every version of a recipe, from the first on."""
        recipe = visible_recipes(self.caller).filter(public_id=public_id).first()
        if recipe is None:
            raise Http404
        return self.page_of(recipe.versions.all(), RecipeVersionSerializer)


class RoundViewSet(ApiViewSet):
    throttle_classes = [RunThrottle]
    queries = {"list": RoundQuery}

    @extend_schema(parameters=[RoundQuery], responses=RoundSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The rounds of the projects that you lead."""
        rounds = self._visible()
        if "project" in self.filters:
            rounds = rounds.filter(recipe__project__slug=self.filters["project"])
        if "recipe" in self.filters:
            rounds = rounds.filter(recipe__public_id=self.filters["recipe"])
        if "state" in self.filters:
            rounds = rounds.filter(state=self.filters["state"])
        rows = told(self.paginate_queryset(rounds) or [], self.caller)
        return self.get_paginated_response(RoundSerializer(rows, many=True).data)

    @extend_schema(responses=RoundSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A round with its steps, and what each has made."""
        (shown,) = told([self._round(public_id)], self.caller)
        return Response(RoundSerializer(shown).data)

    @extend_schema(request=None, responses={202: RoundSerializer})
    def cancel(self, request: Request, public_id: str) -> Response:
        """End the round, and ask what runs of it to stop."""
        found = self._round_to_change(public_id)
        cancel_round(round_id=found.public_id, cancelled_by=self.caller)
        return self._accepted(public_id)

    @extend_schema(request=None, responses={202: RoundSerializer})
    def resume(self, request: Request, public_id: str) -> Response:
        """Let a failed or cancelled round go on where it stopped."""
        found = self._round_to_change(public_id)
        resume_round(round_id=found.public_id, resumed_by=self.caller)
        return self._accepted(public_id)

    def _accepted(self, public_id: str) -> Response:
        shown = RoundSerializer(self._round(public_id)).data
        return Response(shown, status=status.HTTP_202_ACCEPTED)

    def _visible(self) -> QuerySet[Round]:
        steps = RoundStep.objects.select_related("run", "snapshot", "arena").order_by("number")
        rounds = visible_rounds(self.caller).select_related("recipe__project", "version")
        return rounds.prefetch_related(Prefetch("steps", steps))

    def _round(self, public_id: str) -> Round:
        found = self._visible().filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def _round_to_change(self, public_id: str) -> Round:
        found = self._round(public_id)
        require_site_admin(self.caller)
        return found


def _project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise InvalidInput(field="project", value=slug)
    return project


def _start(body: dict[str, Any]) -> Checkpoint | None:
    if "start" not in body:
        return None
    found = Checkpoint.objects.filter(public_id=body["start"], is_final=True).first()
    if found is None:
        raise InvalidInput(field="start", value=str(body["start"]))
    return found
