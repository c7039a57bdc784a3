"""One member as their lead sees them: pace, agreement, biases, drift, and what they did last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from annotate.agreement.plain_text import ShownFigure, points, rounded, shown
from annotate.dashboards.chart import Chart
from annotate.dashboards.person_charts import person_charts
from annotate.dashboards.with_others import NEWEST, Agreeing, Drift, agreeing, drift, judged_by
from annotate.models import AgreementReport, Judgement, Membership

RECENT = 20


@dataclass(frozen=True)
class Biases:
    """As the stored report has them; no `side` where no decided judgement has one."""

    side: ShownFigure | None
    reliability: ShownFigure
    seconds: str  # the median, empty where none was recorded


@dataclass(frozen=True)
class Change:
    """A drift in words."""

    value: str
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """seconds_week: recorded on comparisons in 7 days. n_seen: judgements that this is from."""

    n_today: int
    n_week: int
    seconds_week: float
    n_seen: int
    is_all: bool
    agreeing: Agreeing | None
    drift: Drift | None
    biases: Biases | None
    counted_at: datetime | None
    charts: list[Chart]
    recent: list[Judgement]

    @property
    def hours_week(self) -> float:
        return self.seconds_week / 3600

    @property
    def drift_words(self) -> Change | None:
        if self.drift is None:
            return None
        return Change(
            *(points(end) for end in (self.drift.change, self.drift.low, self.drift.high))
        )


def work_of(membership: Membership) -> Work:
    stored = AgreementReport.stored_for(membership.project)
    judged = judged_by(membership)
    now = timezone.now()
    week = [one for one in judged if one.at >= now - timedelta(days=7)]
    today = timezone.localdate(now)
    shared = [one for one in judged if one.n_others]
    return Work(
        n_today=sum(timezone.localdate(one.at) == today for one in judged),
        n_week=len(week),
        seconds_week=sum(one.seconds or 0.0 for one in week),
        n_seen=len(judged),
        is_all=len(judged) < NEWEST,
        agreeing=agreeing(shared),
        drift=drift(shared),
        biases=None if stored is None else _biases(stored, membership.annotator.pseudonym),
        counted_at=None if stored is None else stored.computed_at,
        charts=person_charts(membership, judged, today),
        recent=_recent(membership),
    )


def _biases(stored: AgreementReport, pseudonym: str) -> Biases | None:
    for entry in stored.report["all"]["annotators"]:
        if entry["annotator"] == pseudonym:
            median, side = entry["median_seconds"], entry["position"]
            return Biases(
                side=shown("position", side) if side else None,
                reliability=shown("reliability", entry["reliability"]),
                seconds="" if median is None else rounded(median, 0 if median >= 10 else 1),
            )
    return None


def _recent(membership: Membership) -> list[Judgement]:
    """Without what they said: whoever reads this may still judge the same."""
    rows = Judgement.objects.filter(
        annotator=membership.annotator_id,
        project=membership.project_id,
        withdrawn_at=None,
        is_derived=False,
    )
    return list(rows.select_related("comparison__prompt").order_by("-judged_at", "-pk")[:RECENT])
