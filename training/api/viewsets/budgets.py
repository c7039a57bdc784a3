"""A project's budget: set by site admins, read by its leads."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.strict import StrictSerializer
from annotate.api.views import ApiViewSet
from annotate.models import Role
from training.models import MOST_PRIORITY
from training.runs.budgets import budget_use, set_budget


class BudgetSerializer(serializers.Serializer[Any]):
    seconds = serializers.FloatField(help_text="Machine seconds used in the last seven days.")
    weekly_seconds = serializers.IntegerField(allow_null=True)
    n_running = serializers.IntegerField()
    most_runs = serializers.IntegerField(allow_null=True)
    priority = serializers.IntegerField()
    quiet_from = serializers.TimeField(allow_null=True)
    quiet_until = serializers.TimeField(allow_null=True)
    time_zone = serializers.CharField(help_text="Of the quiet hours.")
    is_quiet = serializers.BooleanField(help_text="No run of the project begins now.")


class BudgetBody(StrictSerializer):
    """All of it at once; null is no limit."""

    weekly_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True)
    most_runs = serializers.IntegerField(min_value=1, max_value=2**15 - 1, allow_null=True)
    priority = serializers.IntegerField(min_value=1, max_value=MOST_PRIORITY, default=1)
    quiet_from = serializers.TimeField(allow_null=True, default=None)
    quiet_until = serializers.TimeField(allow_null=True, default=None)
    time_zone = serializers.CharField(max_length=64, default="UTC")


class BudgetViewSet(ApiViewSet):
    @extend_schema(responses=BudgetSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """What the project has used of the machines, and may use."""
        return Response(BudgetSerializer(budget_use(self.project(Role.LEAD))).data)

    @extend_schema(request=BudgetBody, responses=BudgetSerializer)
    def update(self, request: Request, slug: str) -> Response:
        """Set the limits and the priority; they hold from the next run on."""
        project = self.project(Role.LEAD)
        require_site_admin(self.caller)
        set_budget(project=project, **self.body(BudgetBody), set_by=self.caller)
        return Response(BudgetSerializer(budget_use(project)).data)
