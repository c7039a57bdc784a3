"""How a project's judgements have grown, and when what is wanted may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.utils.translation import gettext as _

from alignment_core.reporting.shapes import Course, courses_plot
from alignment_core.reporting.svg import Point
from annotate.agreement.by_day import Days, whole_days
from annotate.agreement.plain_text import whole
from annotate.dashboards.chart import COUNT, DAY, LOOK, Chart, Column
from annotate.dashboards.figure_parts import short_day
from annotate.dashboards.forecast import MOST_DAYS, Forecast, forecast

STEPS = 24  # of the band of a forecast
FARTHEST = 2.0  # times the days until the expected end: no picture goes further
MOST_POINTS = 400  # of the course so far


@dataclass(frozen=True)
class Ahead:
    """A forecast as dates; `latest` is None where it may never be done at this pace."""

    forecast: Forecast
    soonest: date
    expected: date
    latest: date | None


def ahead_of(days: Days, *, remaining: int, today: date) -> Ahead | None:
    found = forecast(whole_days(days, today, most=MOST_DAYS), remaining)
    if found is None or found.expected > 3650:
        return None

    def day(after: float) -> date:
        return today + timedelta(days=ceil(after))

    latest = None if found.latest is None else day(found.latest)
    return Ahead(found, day(found.soonest), day(found.expected), latest)


def burn_up(days: Days, *, n_wanted: int, ahead: Ahead | None, today: date) -> Chart:
    """Counted judgements so far, one row a day on which there were some."""
    rows = _so_far(days)
    return Chart(
        key="burn_up",
        title=_("Judgements collected, and what is to come"),
        columns=(
            Column("day", _("Day"), DAY),
            Column("n_day", _("That day")),
            Column("n_imported", _("of those imported")),
            Column("n_so_far", _("So far"), COUNT),
        ),
        rows=rows,
        svg=_drawn(rows, n_wanted=n_wanted, ahead=ahead, today=today) if rows else "",
        names=[_("so far"), _("forecast with its band (80 %)")] if ahead else [_("so far")],
    )


def _so_far(days: Mapping[date, tuple[int, int]]) -> list[tuple[date, int, int, int]]:
    rows, total = [], 0
    for day, (n, n_imported) in sorted(days.items()):
        total += n
        rows.append((day, n, n_imported, total))
    return rows


def _drawn(
    rows: list[tuple[date, int, int, int]], *, n_wanted: int, ahead: Ahead | None, today: date
) -> str:
    first, _n, _imported, _total = rows[0]
    stride = ceil(len(rows) / MOST_POINTS)
    kept = [*rows[:-1:stride], rows[-1]]
    points = [Point(x=(first - timedelta(days=1)).toordinal(), y=0)]
    points += [Point(x=day.toordinal(), y=total) for day, _n, _imported, total in kept]
    total = rows[-1][3]
    if rows[-1][0] < today:
        points.append(Point(x=today.toordinal(), y=total))
    courses = [Course(points=points)]
    if ahead is not None:
        courses.append(_band(ahead, total=total, n_wanted=n_wanted, today=today))
    return courses_plot(
        courses,
        title=_("Judgements collected, and what is to come"),
        description=_("%(n)s of %(wanted)s judgements by %(day)s.")
        % {"n": whole(total), "wanted": whole(n_wanted), "day": short_day(today.toordinal())},
        look=LOOK,
        x_words=short_day,
        y_range=(0.0, 1.04 * max(n_wanted, total, 1)),
        guide=float(n_wanted),
    )


def _band(ahead: Ahead, *, total: int, n_wanted: int, today: date) -> Course:
    found = ahead.forecast
    last = FARTHEST * found.expected if found.latest is None else found.latest
    last = max(1.0, min(last, FARTHEST * found.expected))
    most = n_wanted - total
    points = []
    for step in range(STEPS + 1):
        after = last * step / STEPS
        low, mean, high = (min(end, most) for end in found.total(after))
        points.append(
            Point(x=today.toordinal() + after, y=total + mean, low=total + low, high=total + high)
        )
    return Course(points=points, tone=2, is_band=True)
