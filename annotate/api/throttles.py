"""Limits on starting long work.

The rows that a caller has made are counted in the database, so every web process sees the same
count, and neither a restart nor a second server starts it afresh.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from annotate.models import Export, Import, MergedReport, User


class RowThrottle(BaseThrottle):
    """At most `most` rows of one caller within `window`."""

    most: ClassVar[int]
    seconds_left: float
    window: ClassVar[timedelta] = timedelta(hours=1)
    time_field: ClassVar[str] = "requested_at"

    def rows_of(self, user: User) -> QuerySet[Any]:
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        if getattr(view, "action", None) != "create" or not request.user.is_authenticated:
            return True
        since = timezone.now() - self.window
        newest = self.rows_of(request.user).filter(**{f"{self.time_field}__gt": since})
        times = list(
            newest.order_by(f"-{self.time_field}").values_list(self.time_field)[: self.most]
        )
        if len(times) < self.most:
            return True
        self.seconds_left = (times[-1][0] - since).total_seconds()
        return False

    def wait(self) -> float:
        return max(1.0, self.seconds_left)


class ImportThrottle(RowThrottle):
    most = 60

    def rows_of(self, user: User) -> QuerySet[Any]:
        return Import.objects.filter(requested_by__user=user)


class ExportThrottle(RowThrottle):
    most = 60

    def rows_of(self, user: User) -> QuerySet[Any]:
        return Export.objects.filter(requested_by__user=user)


class MergedReportThrottle(RowThrottle):
    most = 60

    def rows_of(self, user: User) -> QuerySet[Any]:
        return MergedReport.objects.filter(requested_by__user=user)
