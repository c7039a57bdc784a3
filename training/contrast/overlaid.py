"""The same figure of several runs in one picture, with a table behind it."""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alignment_core.reporting.svg import Line, lines_plot
from training.contrast.compared import Compared
from training.contrast.measured_points import CurveView, Figure, MeasuredPoints, Points
from training.reports.charts import LOOK, MOST_TABLE_ROWS, SPECS, rounded, short_number

USUAL: tuple[Figure, ...] = (  # the first six that are there are drawn when nobody chose any
    ("eval", "rewards/accuracies"),
    ("eval", "accuracy"),
    ("eval", "loss"),
    ("eval", "reward"),
    ("eval", "kl/on_policy_k3"),
    ("train", "loss"),
    ("train", "reward"),
    ("train", "rewards/accuracies"),
    ("train", "accuracy"),
    ("train", "rewards/margins"),
    ("train", "objective/kl"),
    ("train", "grad_norm"),
    ("train", "completions/mean_length"),
)
MOST_USUAL = 6
PHASE_WORDS = {"train": _("training"), "eval": _("held out")}


@dataclass(frozen=True, kw_only=True)
class OverlaidLine:
    row: Compared
    points: Points  # of the whole run, whatever part is looked at
    last: str

    @property
    def x(self) -> list[float]:
        return [rounded(place) for place, _value in self.points]

    @property
    def y(self) -> list[float]:
        return [rounded(value) for _place, value in self.points]


@dataclass(frozen=True, kw_only=True)
class Overlaid:
    """One picture. `rows` are places across, and each line's last value up to there."""

    figure: Figure
    title: str | Promise
    svg: SafeString
    lines: tuple[OverlaidLine, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    n_undrawn: int  # values at or below 0, which a logarithmic scale does not have

    @property
    def name(self) -> str:
        return name_of(self.figure)

    @property
    def data_text(self) -> str:
        """The lines as a script draws them."""
        return json.dumps(
            [
                {
                    "tone": line.row.tone,
                    "letter": line.row.letter,
                    "name": f"{line.row.letter} · {line.row.name}",
                    "x": line.x,
                    "y": line.y,
                }
                for line in self.lines
            ],
            ensure_ascii=False,
        )


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """All pictures, what else could be drawn, and which of them have nothing to draw."""

    pictures: tuple[Overlaid, ...]
    offered: tuple[tuple[str, str | Promise, bool], ...]  # name, title, whether it is drawn
    without: tuple[Compared, ...]


def overlay(rows: Sequence[Compared], view: CurveView) -> Overlay:
    known = [(row, MeasuredPoints(row.run, view) if row.run else {}) for row in rows]
    titles = _titles({figure for _row, points in known for figure in points})
    chosen = [figure for figure in view.figures if figure in titles] or [
        figure for figure in USUAL if figure in titles
    ][:MOST_USUAL]
    chosen = chosen or list(titles)[:MOST_USUAL]
    drawn = [
        _overlaid(figure, titles[figure], known, view) for figure in titles if figure in chosen
    ]
    return Overlay(
        pictures=tuple(picture for picture in drawn if picture is not None),
        offered=tuple(
            (name_of(figure), title, figure in chosen) for figure, title in titles.items()
        ),
        without=tuple(row for row, points in known if not points),
    )


def name_of(figure: Figure) -> str:
    return "/".join(figure)


def figure_named(name: str) -> Figure:
    phase, _slash, key = name.partition("/")
    return phase, key


def _titles(known: set[Figure]) -> dict[Figure, str | Promise]:
    """The figures that have words, in the order of a run's page; then the others by name."""
    titles: dict[Figure, str | Promise] = {
        (trace.phase, trace.key): format_lazy("{}: {}", spec.title, trace.name)
        for spec in SPECS
        for trace in spec.traces
        if (trace.phase, trace.key) in known
    }
    for figure in sorted(known - titles.keys()):
        titles[figure] = format_lazy("{}: {}", figure[1], PHASE_WORDS[figure[0]])
    return titles


def _overlaid(
    figure: Figure,
    title: str | Promise,
    known: Sequence[tuple[Compared, Mapping[Figure, Points]]],
    view: CurveView,
) -> Overlaid | None:
    lines, n_undrawn = [], 0
    for row, by_figure in known:
        points = by_figure.get(figure, [])
        if view.is_log:
            above = [(place, value) for place, value in points if value > 0]
            n_undrawn += len(points) - len(above)
            points = above
        if points:
            lines.append(OverlaidLine(row=row, points=points, last=short_number(points[-1][1])))
    looked_at = [
        (line, points)
        for line in lines
        if (points := [point for point in line.points if view.holds(point[0])])
    ]
    if not looked_at:
        return None
    svg = lines_plot(
        [
            Line(points=points, tone=line.row.tone, letter=line.row.letter)
            for line, points in looked_at
        ],
        title=str(title),
        description=", ".join(f"{line.row.letter} {line.last}" for line in lines),
        look=LOOK,
        x_is_whole=view.across == "step",
        y_is_log=view.is_log,
    )
    return Overlaid(
        figure=figure,
        title=title,
        svg=mark_safe(svg),  # noqa: S308  # the drawer escapes every word that it is given
        lines=tuple(lines),
        rows=_table([line.points for line in lines], view),
        n_undrawn=n_undrawn,
    )


def _table(lines: Sequence[Points], view: CurveView) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """At most a dozen places, evenly spread over those that were logged, the last among them."""
    places = sorted({place for points in lines for place, _value in points if view.holds(place)})
    shown = places[::-1][:: math.ceil(len(places) / MOST_TABLE_ROWS)][::-1]
    return tuple(
        (short_number(place), tuple(_value_at(points, place) for points in lines))
        for place in shown
    )


def _value_at(points: Points, place: float) -> str:
    """The last value up to there; a dash before a line begins and after it has ended."""
    at = bisect_right(points, (place, math.inf)) - 1
    if at < 0 or place > points[-1][0]:
        return "–"
    return short_number(points[at][1])
