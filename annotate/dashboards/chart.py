"""A figure of a dashboard: a picture that the server draws, and the table behind it.

Picture, table, CSV and API tell the same rows, so none can say what the others do not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString, mark_safe

from alignment_core.reporting.drawing import Look, number
from annotate.agreement.plain_text import coefficient, percent, rounded, whole
from annotate.exports.csv_lines import csv_line
from annotate.text.moments import day_in_words

TEXT, COUNT, SHARE, NUMBER, DAY, SECONDS = "text", "count", "share", "number", "day", "seconds"
NOTHING = "–"


SHOWN: Mapping[str, Callable[[Any], str]] = {
    TEXT: str,
    COUNT: whole,
    SHARE: percent,
    NUMBER: coefficient,
    DAY: day_in_words,
    SECONDS: lambda value: rounded(value, 0 if value >= 10 else 1),
}


def short_number(value: float) -> str:
    """Three significant digits, such as 0.693 or −12.4."""
    if abs(value) >= 1000 and value == round(value):
        return whole(round(value))
    return number(value).replace("-", "\u2212", 1)


LOOK = Look(
    prefix="chart__",
    width=560,
    height=240,
    left=56,
    right=14,
    top=12,
    bottom=26,
    is_boxed=False,
    number=short_number,
)


@dataclass(frozen=True)
class Column:
    """key: its name in CSV and API. kind: how its values are written for people."""

    key: str
    name: str
    kind: str = COUNT


@dataclass(frozen=True)
class Cell:
    text: str
    is_number: bool
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """svg: empty where there is nothing to draw yet, which `note` or an empty table then says.

    names: what the tones of the picture mean, in their order. urls: of each row, if it has one.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    svg: str = ""
    note: str = ""
    names: Sequence[str] = ()
    is_stacked: bool = False  # the key shows parts of bars, not lines
    urls: Sequence[str] = field(default_factory=tuple)

    @property
    def picture(self) -> SafeString:
        return mark_safe(self.svg)  # noqa: S308  # the drawer escapes every word that it is given

    @property
    def tones(self) -> list[tuple[int, str]]:
        return list(enumerate(self.names, start=1))

    @property
    def cells(self) -> list[list[Cell]]:
        urls = self.urls or [""] * len(self.rows)
        return [
            [
                Cell(
                    NOTHING if value is None else SHOWN[column.kind](value),
                    column.kind not in (TEXT, DAY),
                    url if place == 0 else "",
                )
                for place, (column, value) in enumerate(zip(self.columns, row, strict=True))
            ]
            for row, url in zip(self.rows, urls, strict=True)
        ]

    def as_csv(self) -> bytes:
        heading = [column.key for column in self.columns]
        return b"".join(csv_line(map(_plain, line)) for line in (heading, *self.rows))

    def to_dict(self) -> dict[str, Any]:
        keys = [column.key for column in self.columns]
        return {
            "figure": self.key,
            "title": self.title,
            "note": self.note,
            "rows": [dict(zip(keys, map(_plain, row), strict=True)) for row in self.rows],
        }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def csv_of(charts: Sequence[Chart], key: str, *, name: str) -> HttpResponse:
    """The rows of one figure of a page, as a file.

    Raises: Http404 where the page has no such figure.
    """
    for chart in charts:
        if chart.key == key:
            answer = HttpResponse(chart.as_csv(), content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="{name}-{key}.csv"'
            return answer
    raise Http404("No such figure.")
