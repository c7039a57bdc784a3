"""All pictures of the agreement page: of one stored report, for one reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotate.dashboards.addresses import url_of_group, url_of_model, url_of_period
from annotate.dashboards.agreement_charts import headline_charts, over_time_charts
from annotate.dashboards.chart import Chart
from annotate.dashboards.curve_charts import curve_charts
from annotate.dashboards.group_charts import Urls, group_charts
from annotate.dashboards.model_charts import model_charts
from annotate.models import AgreementReport, Project


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """models: for leads alone, as whoever judges must not know them."""

    headline: list[Chart]
    over_time: list[Chart]
    groups: list[Chart]
    curves: list[Chart]
    models: list[Chart] = field(default_factory=list)

    @property
    def all(self) -> list[Chart]:
        return [*self.headline, *self.over_time, *self.groups, *self.curves, *self.models]


def pictures_of(
    stored: AgreementReport,
    cohort: str,
    *,
    is_lead: bool,
    people: Mapping[str, tuple[str, str]],
    imports: Mapping[str, str],
    project: Project | None = None,
) -> Pictures:
    """Args: cohort, a key of the stored report. people: names by pseudonym, for leads. project:
    whose comparisons the tables lead to; None for a file.
    """
    sections: Mapping[str, Any] = stored.report["sections"][cohort]
    names = {pseudonym: name for pseudonym, (name, _url) in people.items() if name}
    kinds = list(sections["groups"]["kinds"])
    pairs = sections["model_pairs"]["kind"]
    if is_lead and pairs is not None:
        kinds.append(pairs)
    return Pictures(
        headline=headline_charts(stored.report[cohort]),
        over_time=over_time_charts(
            sections["over_time"], url_of=url_of_period(project) if project else None
        ),
        groups=group_charts(
            kinds,
            names={"import": imports},
            url_of=_of_group(project, is_lead=is_lead) if project else None,
        ),
        curves=curve_charts(sections["curves"], names),
        models=model_charts(sections["ratings"], url_of=url_of_model(project) if project else None)
        if is_lead
        else [],
    )


def _of_group(project: Project, *, is_lead: bool) -> Urls:
    """Reviewers do not open imports."""
    url_of = url_of_group(project)
    return lambda kind, name: "" if kind == "import" and not is_lead else url_of(kind, name)
