"""How judging goes, as pictures: verdicts, unity, seconds, and what sways people."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alignment_core.reporting.shapes import Course, Stack, courses_plot, stacks_plot
from alignment_core.reporting.svg import Point
from annotate.agreement.plain_text import whole
from annotate.dashboards.chart import (
    COUNT,
    LOOK,
    SECONDS,
    SHARE,
    TEXT,
    Chart,
    Column,
    short_number,
)
from annotate.dashboards.figure_parts import Names, Section, cells, columns, person, told_ends


def curve_charts(section: Section, names: Names) -> list[Chart]:
    """How judging goes. Args: names, of people by pseudonym, for those who may see them."""
    charts = [
        _split(section["verdicts_by_annotator"], names),
        _unity(section["unity_by_depth"]),
        _seconds(section["seconds_by_words"]),
        _shares(
            "longer_by_difference",
            _("How often the longer answer is chosen, by how much longer it is"),
            section["longer_by_difference"],
            ("characters", _("Characters longer")),
        ),
        _shares(
            "left_by_seconds",
            _("How often the left answer is chosen, by the seconds it took"),
            section["left_by_seconds"],
            ("seconds", _("Seconds")),
        ),
    ]
    return [chart for chart in charts if chart.rows]


def _split(entries: Sequence[Section], names: Names) -> Chart:
    parts = {
        "left": _("left"),
        "right": _("right"),
        "tie": _("about the same"),
        "both_bad": _("both bad"),
        "side_unknown": _("one better, side unknown"),
    }
    rows = [
        (
            person(entry["annotator"], names),
            entry["n"],
            *(entry[part] / entry["n"] if entry["n"] else 0.0 for part in parts),
        )
        for entry in entries
    ]
    title = _("What each person says")
    return Chart(
        key="verdicts_by_annotator",
        title=title,
        columns=(
            Column("annotator", _("Annotator"), TEXT),
            Column("n_judgements", _("Judgements")),
            *(Column(key, word, SHARE) for key, word in parts.items()),
        ),
        rows=rows,
        names=list(parts.values()),
        is_stacked=True,
        svg=_stacked(rows, title, most=1.0, begin=2),
    )


def _unity(entries: Sequence[Section]) -> Chart:
    parts = {
        "alike": _("all alike"),
        "majority": _("a majority"),
        "none": _("no majority"),
    }
    rows = [
        (entry["n_judgements"], sum(entry[part] for part in parts), *_shares_of(entry, parts))
        for entry in entries
    ]
    title = _("Comparisons by how far their judges are of one mind")
    return Chart(
        key="unity_by_depth",
        title=title,
        columns=(
            Column("n_judgements", _("Judgements")),
            Column("n_comparisons", _("Comparisons")),
            *(Column(key, word, SHARE) for key, word in parts.items()),
        ),
        rows=rows,
        names=list(parts.values()),
        is_stacked=True,
        svg=_stacked(
            [
                (
                    ngettext("%(n)s judgement", "%(n)s judgements", row[0]) % {"n": whole(row[0])},
                    *row[1:],
                )
                for row in rows
            ],
            title,
            most=1.0,
            begin=2,
        ),
    )


def _shares_of(entry: Section, parts: Mapping[str, str]) -> list[float]:
    total = sum(entry[part] for part in parts)
    return [entry[part] / total for part in parts]


def _stacked(rows: Sequence[Sequence[Any]], title: str, *, most: float, begin: int) -> str:
    if not rows:
        return ""
    return stacks_plot(
        [Stack(name=str(row[0]), parts=row[begin:]) for row in rows],
        title=title,
        description=_("The numbers are in the table below."),
        look=LOOK,
        most=most,
    )


def _seconds(entries: Sequence[Section]) -> Chart:
    title = _("Seconds against words to read")
    points = [
        Point(x=e["words"], y=e["seconds"], low=e["quarter"], high=e["three_quarters"])
        for e in entries
    ]
    return Chart(
        key="seconds_by_words",
        title=title,
        note=_("The median of each part; the lines reach from the first to the third quarter."),
        columns=(
            Column("words", _("Words"), COUNT),
            Column("n_judgements", _("Judgements")),
            Column("seconds", _("Median seconds"), SECONDS),
            Column("quarter", _("first quarter"), SECONDS),
            Column("three_quarters", _("third quarter"), SECONDS),
        ),
        rows=[
            (
                round(e["words"]),
                e["n_judgements"],
                e["seconds"],
                e["quarter"],
                e["three_quarters"],
            )
            for e in entries
        ],
        svg=_curve(points, title, _("Words"), kind=SECONDS) if points else "",
    )


def _shares(key: str, title: str, entries: Sequence[Section], along: tuple[str, str]) -> Chart:
    name, heading = along
    points = [
        Point(x=e[name], y=figure["value"], low=figure["low"], high=figure["high"])
        for e in entries
        if (figure := e["share"])["value"] is not None
    ]
    return Chart(
        key=key,
        title=title,
        columns=columns(Column(name, heading, SECONDS if name == "seconds" else COUNT), SHARE),
        rows=[
            (e[name] if name == "seconds" else round(e[name]), *cells(e["share"])) for e in entries
        ],
        svg=_curve(points, title, heading, kind=SHARE, guide=0.5) if points else "",
    )


def _curve(
    points: Sequence[Point], title: str, heading: str, *, kind: str, guide: float | None = None
) -> str:
    return courses_plot(
        [Course(points=points)],
        title=title,
        description=told_ends(points, kind),
        look=LOOK,
        x_words=short_number,
        x_label=heading,
        guide=guide,
    )
