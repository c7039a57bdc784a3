"""Where the comparisons of a group are listed, or what else tells more of it."""

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from annotate.agreement.over_time import end_of
from annotate.models import Project

MODELS_JOINED = " · "


def url_of_group(project: Project) -> Callable[[str, str], str]:
    """By kind of group and its name; empty where no list of comparisons has such a filter."""
    listed = reverse("annotate:comparisons", args=[project.slug])

    def url_of(kind: str, name: str) -> str:
        if kind in ("tag", "language"):
            return f"{listed}?{urlencode({kind: name})}"
        if kind == "models":
            one, _joined, other = name.partition(MODELS_JOINED)
            return f"{listed}?{urlencode({'model': one, 'against': other})}"
        if kind == "import":
            return reverse("annotate:import", args=[project.slug, name])
        return ""

    return url_of


def url_of_model(project: Project) -> Callable[[str], str]:
    listed = reverse("annotate:comparisons", args=[project.slug])
    return lambda name: f"{listed}?{urlencode({'model': name})}"


def url_of_period(project: Project) -> Callable[[date, str], str]:
    """What was judged in a period that begins on that day."""
    listed = reverse("annotate:comparisons", args=[project.slug])

    def url_of(begin: date, unit: str) -> str:
        last = end_of(begin, unit) - timedelta(days=1)
        ends = {"judged_from": begin.isoformat(), "judged_to": last.isoformat()}
        return f"{listed}?{urlencode(ends)}"

    return url_of
