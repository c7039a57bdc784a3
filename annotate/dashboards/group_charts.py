"""How far people agree within groups, as pictures."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alignment_core.reporting.shapes import spans_plot
from annotate.agreement.plain_text import whole
from annotate.agreement.words import FIGURES
from annotate.dashboards.chart import LOOK, NUMBER, SHARE, TEXT, Chart, Column
from annotate.dashboards.figure_parts import (
    ALPHA,
    PERCENT,
    Names,
    Section,
    bands_of,
    ends_of,
    span,
    told,
)

Urls = Callable[[str, str], str]  # of the comparisons of a group: kind and name

KINDS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "tag": (gettext_lazy("Agreement by tag"), gettext_lazy("Tag")),
    "language": (gettext_lazy("Agreement by language"), gettext_lazy("Language")),
    "import": (gettext_lazy("Agreement by import"), gettext_lazy("Import")),
    "cohort": (gettext_lazy("Agreement within each cohort"), gettext_lazy("Cohort")),
    "guidelines": (
        gettext_lazy("Agreement by version of the guidelines"),
        gettext_lazy("Version"),
    ),
    "models": (gettext_lazy("Agreement by models that wrote the answers"), gettext_lazy("Models")),
}


def group_charts(
    kinds: Sequence[Section], *, names: Mapping[str, Names], url_of: Urls | None = None
) -> list[Chart]:
    """One picture for each kind of group: alpha with its interval, before the bands.

    Args:
        names: what people call the groups of a kind, where that is not their name.
        url_of: the address of a group's comparisons, empty where there is none.
    """
    return [_groups(kind, names.get(kind["of"], {}), url_of) for kind in kinds]


def _groups(kind: Section, names: Names, url_of: Urls | None) -> Chart:
    title, heading = KINDS[kind["of"]]
    groups = [(names.get(group["name"], group["name"]), group) for group in kind["groups"]]
    ends = [group[ALPHA]["low"] or group[ALPHA]["value"] or 0.0 for _name, group in groups]
    low = max(-1.0, min(0.0, *ends))
    drawn = [(name, group[ALPHA]) for name, group in groups if group[ALPHA]["value"] is not None]
    n_more = kind["n_groups"] - len(groups)
    return Chart(
        key=f"by_{kind['of']}",
        title=str(title),
        note=ngettext(
            "%(n)s smaller group is not shown.", "%(n)s smaller groups are not shown.", n_more
        )
        % {"n": whole(n_more)}
        if n_more
        else "",
        columns=(
            Column(kind["of"], str(heading), TEXT),
            Column("n_comparisons", _("Shared comparisons")),
            Column("n_judgements", _("Judgements")),
            Column("alpha", str(FIGURES[ALPHA].name), NUMBER),
            Column("alpha_low", _("from"), NUMBER),
            Column("alpha_high", _("to"), NUMBER),
            Column("percent_agreement", str(FIGURES[PERCENT].name), SHARE),
            Column("percent_low", _("from"), SHARE),
            Column("percent_high", _("to"), SHARE),
        ),
        rows=[
            (
                name,
                group["n_comparisons"],
                group["n_judgements"],
                *ends_of(group[ALPHA]),
                *ends_of(group[PERCENT]),
            )
            for name, group in groups
        ],
        urls=[url_of(kind["of"], group["name"]) for _name, group in groups] if url_of else (),
        svg=spans_plot(
            [
                span(f"{name} (n = {whole(figure['n_comparisons'])})", figure)
                for name, figure in drawn
            ],
            title=str(title),
            description=told(drawn, NUMBER),
            look=LOOK,
            x_range=(low, 1.0),
            bands=bands_of("alpha", low),
        )
        if drawn
        else "",
    )
