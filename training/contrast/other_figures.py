"""What else was measured of each: figures with intervals of their own, which are not paired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from training.contrast.compared import Compared
from training.reports.evaluation_figures import PLACES, everything_found, figure_at

Figure = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OtherFigure:
    """One figure of each, in their order; None where it was not measured."""

    label: str | Promise
    is_share: bool
    figures: tuple[Figure | None, ...]


def other_figures(rows: Sequence[Compared]) -> list[OtherFigure]:
    """Those that were measured of one at least, each from the newest evaluation that has it."""
    found = [
        OtherFigure(
            label=place.label,
            is_share=place.is_share,
            figures=tuple(_newest(row, place.path) for row in rows),
        )
        for place in PLACES
    ]
    return [one for one in found if any(figure is not None for figure in one.figures)]


def _newest(row: Compared, path: str) -> Figure | None:
    for evaluation in row.evaluations:
        figure = figure_at(everything_found(evaluation), path)
        if figure is not None and figure.get("value") is not None:
            return figure
    return None
