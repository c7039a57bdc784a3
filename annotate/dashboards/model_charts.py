"""Models beside one another, as pictures: strengths, and shares of judgements won."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from alignment_core.reporting.shapes import spans_plot
from annotate.agreement.section_words import SECTION_FIGURES
from annotate.dashboards.chart import LOOK, NUMBER, SHARE, TEXT, Chart, Column
from annotate.dashboards.figure_parts import Section, ends_of, span, told

MOST_SHOWN = 40


def model_charts(section: Section, *, url_of: Callable[[str], str] | None = None) -> list[Chart]:
    """None where no answer is known to come from a model. Args: section, of `ratings`."""
    models = sorted(section["models"], key=_place)[:MOST_SHOWN]
    if not models:
        return []
    charts = [_won(models, url_of)]
    return charts if section["undefined"] else [_strengths(models, url_of), *charts]


def _strengths(models: Sequence[Section], url_of: Callable[[str], str] | None) -> Chart:
    figures = [(model["model"], model["strength"]) for model in models]
    ends = [abs(end) for _name, figure in figures for end in ends_of(figure) if end is not None]
    reach = max(ends, default=1.0) or 1.0
    title = str(SECTION_FIGURES["strength"].name)
    return Chart(
        key="model_strengths",
        title=title,
        columns=_columns(NUMBER),
        rows=[_row(model, model["strength"]) for model in models],
        urls=[url_of(model["model"]) for model in models] if url_of else (),
        svg=spans_plot(
            [span(name, figure) for name, figure in figures],
            title=title,
            description=told([f for f in figures if f[1]["value"] is not None], NUMBER),
            look=LOOK,
            x_range=(-reach, reach),
            guide=0.0,
        ),
    )


def _won(models: Sequence[Section], url_of: Callable[[str], str] | None) -> Chart:
    figures = [(model["model"], model["share_of_decided"]) for model in models]
    drawn = [(name, figure) for name, figure in figures if figure["value"] is not None]
    title = _("Share of decided judgements that each model won")
    return Chart(
        key="model_wins",
        title=title,
        columns=_columns(SHARE),
        rows=[_row(model, model["share_of_decided"]) for model in models],
        urls=[url_of(model["model"]) for model in models] if url_of else (),
        svg=spans_plot(
            [span(name, figure) for name, figure in drawn],
            title=title,
            description=told(drawn, SHARE),
            look=LOOK,
            x_range=(0.0, 1.0),
            guide=0.5,
        )
        if drawn
        else "",
    )


def _columns(kind: str) -> tuple[Column, ...]:
    return (
        Column("model", _("Model"), TEXT),
        Column("value", _("Value"), kind),
        Column("low", _("from"), kind),
        Column("high", _("to"), kind),
        Column("n_wins", _("Won")),
        Column("n_ties", _("Tied")),
        Column("n_losses", _("Lost")),
    )


def _row(model: Section, figure: Mapping[str, Any]) -> tuple[Any, ...]:
    counts = (model["n_wins"], model["n_ties"], model["n_losses"])
    return (model["model"], *ends_of(figure), *counts)


def _place(model: Section) -> tuple[float, float, str]:
    """The strongest first; where strengths are not known, who won most of what was decided."""
    strength, share = model["strength"]["value"], model["share_of_decided"]["value"]
    return (-(strength or 0.0), -(share or 0.0), model["model"])
