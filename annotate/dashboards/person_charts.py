"""One member's pace, and their agreement with others and with gold over time, as pictures."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from alignment_core.reporting.shapes import Course, courses_plot
from alignment_core.reporting.svg import Point
from annotate.dashboards.chart import DAY, LOOK, SHARE, Chart, Column
from annotate.dashboards.figure_parts import short_day, told_ends
from annotate.dashboards.with_others import NEWEST, Judged, agreeing
from annotate.models import GoldAnswer, Membership

N_PARTS, FEWEST_IN_PART = 10, 10  # of a course over time, each with as many as the others
DAYS = 60
Item = TypeVar("Item")


def person_charts(membership: Membership, judged: Sequence[Judged], today: date) -> list[Chart]:
    """Those of which there is something. Args: judged, oldest first."""
    shared = [one for one in judged if one.n_others]
    charts = (_pace(judged, today), _with_others(shared), _with_gold(membership))
    return [chart for chart in charts if chart.rows]


def parts_of(items: Sequence[Item]) -> list[Sequence[Item]]:
    """In order, in up to ten parts of nearly one size."""
    n = min(N_PARTS, len(items) // FEWEST_IN_PART)
    edges = [round(place * len(items) / n) for place in range(n + 1)] if n else []
    return [items[low:high] for low, high in pairwise(edges)]


def _pace(judged: Sequence[Judged], today: date) -> Chart:
    n_of = Counter(timezone.localdate(one.at) for one in judged)
    seconds: Counter[date] = Counter()
    for one in judged:
        seconds[timezone.localdate(one.at)] += round(one.seconds or 0)
    first = max(min(n_of, default=today), today - timedelta(days=DAYS - 1))
    days = [first + timedelta(days=k) for k in range((today - first).days + 1)] if n_of else []
    title = _("Judgements a day")
    points = [Point(x=day.toordinal(), y=n_of[day]) for day in days]
    return Chart(
        key="pace",
        title=title,
        columns=(
            Column("day", _("Day"), DAY),
            Column("n_judgements", _("Judgements")),
            Column("minutes", _("Minutes on comparisons")),
        ),
        rows=[(day, n_of[day], round(seconds[day] / 60)) for day in days],
        svg=courses_plot(
            [Course(points=points)],
            title=title,
            description="",
            look=LOOK,
            x_words=short_day,
            y_range=(0.0, 1.05 * max(point.y for point in points) or 1.0),
        )
        if points
        else "",
    )


def _with_others(shared: Sequence[Judged]) -> Chart:
    rows = []
    for part in parts_of(shared):
        found = agreeing(part)
        if found is not None:
            begin = timezone.localdate(part[0].at)
            rows.append((begin, found.share, found.low, found.high, found.n_comparisons, found.n))
    return _course(
        "with_others",
        _("Agreement with others over time"),
        rows,
        (Column("n_comparisons", _("Comparisons")), Column("n", _("Judgements of others"))),
        _("Of the other judgements of the same comparisons, the share that said the same."),
    )


def _with_gold(membership: Membership) -> Chart:
    answers = list(
        GoldAnswer.objects.filter(membership=membership, judgement__withdrawn_at=None)
        .order_by("-answered_at", "-pk")
        .values_list("answered_at", "is_right")[:NEWEST]
    )[::-1]
    rows = []
    for part in parts_of(answers):
        from alignment_core.agreement import wilson_interval  # numpy: only where there is some

        n_right = sum(is_right for _at, is_right in part)
        low, high = wilson_interval(n_right, len(part))
        begin = timezone.localdate(part[0][0])
        rows.append((begin, n_right / len(part), low, high, n_right, len(part)))
    return _course(
        "with_gold",
        _("Right on gold over time"),
        rows,
        (Column("n_right", _("As expected")), Column("n", _("Gold answers"))),
        "",
    )


def _course(
    key: str,
    title: str,
    rows: Sequence[tuple[Any, ...]],
    counts: tuple[Column, Column],
    note: str,
) -> Chart:
    points = [
        Point(x=place, y=share, low=low, high=high)
        for place, (_begin, share, low, high, *_n) in enumerate(rows, start=1)
    ]
    return Chart(
        key=key,
        title=title,
        note=note,
        columns=(
            Column("begin", _("From"), DAY),
            Column("share", _("Value"), SHARE),
            Column("low", _("from"), SHARE),
            Column("high", _("to"), SHARE),
            *counts,
        ),
        rows=rows,
        svg=courses_plot(
            [Course(points=points)],
            title=title,
            description=told_ends(points, SHARE),
            look=LOOK,
            x_words=lambda place: (
                short_day(rows[round(place) - 1][0].toordinal())
                if 1 <= round(place) <= len(rows)
                else ""
            ),
            y_range=(0.0, 1.0),
        )
        if points
        else "",
    )
