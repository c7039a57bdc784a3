"""Whether the queue will be empty soon, at the pace of the last day."""

import math
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Sum
from django.db.models.functions import Now

from annotate.models import AnnotatorKind, Comparison, Judgement
from annotate.notices.notice_rules.rule import Measured, Reading, Rule

LATER = 1.25  # times the bound: by then it is no longer soon
SLOWEST = 1.96  # standard errors of a count of Poisson's below it: surely at least so fast


def read_queue(measured: Measured, hours: float) -> Iterable[Reading] | None:
    """Empty within so many hours even at the slowest pace that the last day leaves likely."""
    project = measured.project
    n_judged = Judgement.objects.filter(
        project=project,
        annotator__kind=AnnotatorKind.PERSON,
        withdrawn_at=None,
        is_derived=False,
        judged_at__gt=Now() - timedelta(days=1),
    ).count()
    slowest = n_judged - SLOWEST * math.sqrt(n_judged)
    if slowest <= 0:  # nobody is at it, or too few to tell
        return [Reading("", False if n_judged == 0 else None)]
    waiting = Comparison.objects.filter(project=project, is_open=True, is_derived=False)
    n_left = waiting.aggregate(n=Sum(F("wanted") - F("n_counted")))["n"] or 0
    left = 24 * n_left / slowest
    is_met = True if left < hours else (False if left >= hours * LATER else None)
    facts = {"n_left": n_left, "n_judged": n_judged, "hours": round(left, 1), "bound": hours}
    return [Reading("", is_met, facts)]


QUEUE = Rule(read_queue, usual=24.0, low=1.0, high=240.0, step=1.0)
