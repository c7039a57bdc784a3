"""Schedules: kept by site admins, read by the leads of their project; and called by webhook."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from training.access.permissions import schedule_for, visible_schedules
from training.api.serializers.schedules import (
    BackTestSerializer,
    DryRunSerializer,
    HookAnswerSerializer,
    HookTokenSerializer,
    NewScheduleBody,
    PressBody,
    ScheduleCheckSerializer,
    ScheduleQuery,
    ScheduleSerializer,
    ScheduleSettingsBody,
)
from training.automation.back_test import back_test
from training.automation.dry_run import dry_run
from training.automation.hooks import call_hook, make_hook_token
from training.automation.looking import press
from training.automation.schedule_words import back_test_in_words, dry_run_in_words
from training.automation.schedules import (
    ScheduleSettings,
    change_schedule,
    make_schedule,
    pause_schedule,
    unpause_schedule,
)
from training.automation.stored_clauses import clause_as_json
from training.automation.told_findings import told_checks, told_clauses
from training.errors import HookRefused
from training.models import Recipe, Schedule, ScheduleOutcome


class ScheduleViewSet(ApiViewSet):
    queries = {"list": ScheduleQuery}

    @extend_schema(parameters=[ScheduleQuery], responses=ScheduleSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The schedules that you may read."""
        rows = visible_schedules(self.caller)
        if "project" in self.filters:
            rows = rows.filter(recipe__project__slug=self.filters["project"])
        if self.filters.get("is_paused") is not None:
            rows = rows.filter(is_paused=self.filters["is_paused"])
        return self.page_of(rows, ScheduleSerializer)

    @extend_schema(request=NewScheduleBody, responses={201: ScheduleSerializer})
    def create(self, request: Request) -> Response:
        """Let a recipe be carried out by itself."""
        require_site_admin(self.caller)
        body = self.body(NewScheduleBody)
        recipe = _recipe_named(body.pop("recipe"))
        made = make_schedule(recipe=recipe, settings=ScheduleSettings(**body), made_by=self.caller)
        return Response(ScheduleSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ScheduleSerializer)
    def retrieve(self, request: Request, public_id: Any) -> Response:
        """A schedule, also as a sentence."""
        return Response(ScheduleSerializer(self._schedule()).data)

    @extend_schema(request=ScheduleSettingsBody, responses=ScheduleSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change some of it; what it was waiting for is forgotten."""
        schedule = self._schedule_to_change()
        body = self.body(ScheduleSettingsBody, partial=True)
        changed = change_schedule(
            schedule_id=schedule.public_id,
            settings=replace(ScheduleSettings.of(schedule), **body),
            changed_by=self.caller,
        )
        return Response(ScheduleSerializer(changed).data)

    @extend_schema(request=None, responses=ScheduleSerializer)
    def pause(self, request: Request, public_id: Any) -> Response:
        """Let it rest; a round under way goes on."""
        schedule = self._schedule_to_change()
        paused = pause_schedule(schedule_id=schedule.public_id, paused_by=self.caller)
        return Response(ScheduleSerializer(paused).data)

    @extend_schema(request=None, responses=ScheduleSerializer)
    def unpause(self, request: Request, public_id: Any) -> Response:
        """Let it go on from now; what it missed is not made up for."""
        schedule = self._schedule_to_change()
        again = unpause_schedule(schedule_id=schedule.public_id, unpaused_by=self.caller)
        return Response(ScheduleSerializer(again).data)

    @extend_schema(request=PressBody, responses=ScheduleCheckSerializer)
    def press(self, request: Request, public_id: Any) -> Response:
        """Start a round now if the conditions hold, or anyway; the check says what came of it."""
        schedule = self._schedule_to_change()
        body = self.body(PressBody)
        check = press(schedule.pk, pressed_by=self.caller, is_anyway=body["anyway"])
        return Response(ScheduleCheckSerializer(check).data)

    @extend_schema(responses=DryRunSerializer)
    def dry_run(self, request: Request, public_id: Any) -> Response:
        """What it would do now, with today's data, and why; nothing is started."""
        run = dry_run(self._schedule())
        return Response(
            {
                "would_start": run.would_start,
                "outcome": run.outcome,
                "due_at": run.due_at,
                "coming": run.coming,
                "clauses": [
                    clause_as_json(one) for one in told_clauses(run.evaluated.clauses, self.caller)
                ],
                "sentences": dry_run_in_words(run),
            }
        )

    @extend_schema(responses=BackTestSerializer)
    def back_test(self, request: Request, public_id: Any) -> Response:
        """When it would have started in the last 90 days, by what was stored meanwhile."""
        schedule = self._schedule()
        found = back_test(schedule, now=timezone.now())
        sentences = back_test_in_words(found, schedule.own_zone)
        return Response({**vars(found), "sentences": sentences})

    @extend_schema(request=None, responses={201: HookTokenSerializer})
    def token(self, request: Request, public_id: Any) -> Response:
        """Make the token of its webhook, which ends the one before it."""
        schedule = self._schedule_to_change()
        plain = make_hook_token(schedule_id=schedule.public_id, made_by=self.caller)
        return Response(
            {"token": plain},
            status=status.HTTP_201_CREATED,
            headers={"Cache-Control": "no-store"},
        )

    def _schedule(self) -> Schedule:
        return schedule_for(self.caller, self.kwargs["public_id"])

    def _schedule_to_change(self) -> Schedule:
        schedule = self._schedule()
        require_site_admin(self.caller)
        return schedule


class ScheduleCheckViewSet(ApiViewSet):
    @extend_schema(responses=ScheduleCheckSerializer(many=True))
    def list(self, request: Request, public_id: Any) -> Response:
        """The checks that found something new, the newest first."""
        schedule = schedule_for(self.caller, public_id)
        checks: QuerySet[Any] = schedule.checks.select_related("schedule", "round__version")
        page = self.paginate_queryset(checks.prefetch_related("round__steps"))
        rows = told_checks(page or [], self.caller)
        return self.get_paginated_response(ScheduleCheckSerializer(rows, many=True).data)


class HookViewSet(ApiViewSet):
    """The one address without a sign-in: its own token opens it, and opens nothing else."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(request=None, responses={202: HookAnswerSerializer}, auth=[])
    def call(self, request: Request, public_id: Any) -> Response:
        """Let the schedule come due, with `Authorization: Bearer` and its own token."""
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise HookRefused
        called = call_hook(schedule_id=public_id, token=words[1].decode("ascii", "replace"))
        answer = {
            "started": called.outcome == ScheduleOutcome.STARTED,
            "outcome": called.outcome,
            "round": called.round.public_id if called.round else None,
        }
        return Response(answer, status=status.HTTP_202_ACCEPTED)


def _recipe_named(public_id: Any) -> Recipe:
    recipe = Recipe.objects.select_related("project").filter(public_id=public_id).first()
    if recipe is None:
        raise InvalidInput(field="recipe", value=str(public_id))
    return recipe
