"""A limit on starting runs, counted in the rows themselves."""

from django.db.models import QuerySet

from annotate.api.throttles import RowThrottle
from annotate.models import User
from training.models import Run


class RunThrottle(RowThrottle):
    most = 120
    time_field = "queued_at"

    def rows_of(self, user: User) -> QuerySet[Run]:
        return Run.objects.filter(requested_by=user)
