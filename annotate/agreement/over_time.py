"""How far people agree, and how they lean, over time.

A comparison is of the period in which its last judgement was made: so all of its judgements count,
and in one period only. What came by import has no time, and is in none. Periods are days, weeks or
months, whichever makes a picture of some two dozen.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.figures.shares import clustered_share
from alignment_core.agreement.reading import read_position, with_reading
from alignment_core.agreement.tables.table import JudgementRows
from annotate.agreement.by_group import LEVEL, measured, of_comparisons

DAY, WEEK, MONTH = "day", "week", "month"
MOST_DAYS, MOST_WEEKS = 24, 26
HOUR = 3600
Numbers = npt.NDArray[np.int64]


def over_time_section(table: JudgementTable) -> dict[str, Any]:
    """`unit` is null, and periods none, where no judgement has a time."""
    finished = _finished_at(table)
    timed = np.isfinite(finished)
    if not timed.any() or table.rows is None:
        return {"unit": None, "periods": []}
    days = _local_days(finished[timed])
    unit, begin_of = _unit(int(days.min()), int(days.max()))
    begins = np.full(len(finished), -1, dtype=np.int64)
    begins[timed] = _each(days, begin_of)
    of_rows = begins[table.rows.comparison]
    return {
        "unit": unit,
        "periods": [
            {
                "begin": date.fromordinal(begin).isoformat(),
                **measured(of_comparisons(table, begins == begin)),
                "left_share": _left_share(table, table.rows, of_rows == begin),
            }
            for begin in np.unique(begins[timed]).tolist()
        ],
    }


def _finished_at(table: JudgementTable) -> npt.NDArray[np.float64]:
    """When the last judgement of each comparison was made, NaN where one of them has no time."""
    found = np.full(len(table.comparisons), np.nan)
    rows = table.rows
    if rows is not None and rows.time is not None:
        timed = np.isfinite(rows.time)
        found[:] = -np.inf
        np.maximum.at(found, rows.comparison[timed], rows.time[timed])
        found[rows.comparison[~timed]] = np.nan
        found[np.isneginf(found)] = np.nan
    return found


def _local_days(seconds: npt.NDArray[np.float64]) -> Numbers:
    """Ordinals of the days on which these instants fall here; each hour is looked up once."""
    hours = np.floor(seconds / HOUR).astype(np.int64)
    return _each(hours, lambda hour: _day(hour).toordinal())


def _day(hour: int) -> date:
    return timezone.localdate(
        datetime.fromtimestamp(hour * HOUR, tz=timezone.get_current_timezone())
    )


def _each(values: Numbers, of: Callable[[int], int]) -> Numbers:
    distinct, place = np.unique(values, return_inverse=True)
    return np.array([of(value) for value in distinct.tolist()], dtype=np.int64)[place]


def _unit(first: int, last: int) -> tuple[str, Callable[[int], int]]:
    if last - first < MOST_DAYS:
        return DAY, lambda day: day
    if last - first < 7 * MOST_WEEKS:
        return WEEK, lambda day: day - date.fromordinal(day).weekday()
    return MONTH, lambda day: date.fromordinal(day).replace(day=1).toordinal()


def end_of(begin: date, unit: str) -> date:
    """The first day after a period."""
    if unit == MONTH:
        return (begin + timedelta(days=32)).replace(day=1)
    return begin + timedelta(days=1 if unit == DAY else 7)


def _left_share(
    table: JudgementTable, rows: JudgementRows, chosen: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    sides = np.full(len(rows), -1) if rows.left_chosen is None else rows.left_chosen
    decided = chosen & (sides >= 0)
    comparison = rows.comparison[decided]
    prompts = comparison if table.prompts is None else np.asarray(table.prompts)[comparison]
    figure = clustered_share(
        sides[decided] == 1, prompts, comparison, level=LEVEL, reason="sides_unknown"
    )
    return with_reading(figure, read_position)
