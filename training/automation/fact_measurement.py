"""Measuring what schedules ask about a project, by a worker: looking at schedules only reads it.

One row stands for as long as its facts do. A change opens the next row, but at most one an hour, so
that ninety days of a busy project are some two thousand rows.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotate.comparisons.visible import live_preferences
from annotate.models import AgreementReport, ComparisonState, Preference, Project
from annotate.preferences.trainable import trainable_preferences
from annotate.work.bells import ring
from training.automation.counting import store_counts
from training.automation.evaluating import Measured
from training.models import Evaluation, ProjectFacts, Schedule, Snapshot

MEASURE = "training.tasks.measure_facts"
ROW_SPAN = timedelta(hours=1)
LOOK_ANYWAY = timedelta(hours=1)  # what changes without a new preference is found by then
REST = 20  # measuring takes at most one part in so many of a worker
KEPT_FOR = timedelta(days=120)
FIGURES = {
    "alpha": "krippendorff_alpha",
    "gwet_ac1": "gwet_ac1",
    "percent_agreement": "percent_agreement",
}


def ring_for_stale_facts() -> int:
    """Ring for each project with schedules that has changed since it was measured; how many."""
    now = timezone.now()
    projects = Project.objects.filter(recipes__schedules__is_paused=False).distinct()
    newest = {row.project_id: row for row in _newest_rows().defer("facts")}
    with_news = _projects_with_news(newest)
    reports = dict(
        AgreementReport.objects.filter(project__in=projects).values_list("project", "computed_at")
    )
    n_rung = 0
    for pk in projects.values_list("pk", flat=True):
        row = newest.get(pk)
        has_news = pk in with_news or (row is not None and reports.get(pk) != row.report_at)
        if row is None or (_is_stale(row, now, has_news=has_news) and not _rests(row, now)):
            ring(MEASURE, pk)
            n_rung += 1
    return n_rung


def measure_facts_of(project_id: int) -> None:
    project = Project.objects.filter(pk=project_id).first()
    if project is not None:
        measure_facts(project)


def measure_facts(project: Project) -> None:
    """Measure a project and count for its schedules; nothing, where nothing has changed."""
    now, started = timezone.now(), time.monotonic()
    newest_preference = Preference.objects.aggregate(newest=Max("pk"))["newest"] or 0
    report = AgreementReport.stored_for(project)
    row = _newest_rows().filter(project=project).first()
    if row is not None and not _is_stale(row, now, has_news=_has_news(row, report)):
        return
    facts = {
        name: _as_json(measured)
        for name, measured in (
            _counted(project)
            | _of_agreement(report)
            | _of_training(project)
            | {"contested_share": _contested(project)}
        ).items()
    }
    for schedule in Schedule.objects.filter(recipe__project=project, is_paused=False):
        store_counts(schedule, now=now)
    try:
        with transaction.atomic():
            _write(
                project,
                now,
                {
                    "facts": facts,
                    "held_until": now,
                    "newest_preference": newest_preference,
                    "report_at": report.computed_at if report else None,
                    "seconds": time.monotonic() - started,
                },
            )
    except IntegrityError:
        pass  # another worker measured at the same moment, and its row stands


def forget_old_facts() -> None:
    ProjectFacts.objects.filter(is_newest=False, held_until__lt=timezone.now() - KEPT_FOR).delete()


def _write(project: Project, now: datetime, values: Mapping[str, Any]) -> None:
    newest = _newest_rows().select_for_update().filter(project=project).first()
    if newest is not None:
        has_changed = newest.facts != values["facts"]
        if not has_changed or now - newest.measured_at < ROW_SPAN:
            ProjectFacts.objects.filter(pk=newest.pk).update(**values)
            return
        ProjectFacts.objects.filter(pk=newest.pk).update(is_newest=False)
    ProjectFacts.objects.create(project=project, measured_at=now, **values)


def _newest_rows() -> QuerySet[ProjectFacts]:
    return ProjectFacts.objects.filter(is_newest=True)


def _projects_with_news(newest: Mapping[int, ProjectFacts]) -> set[int]:
    """Projects with a preference that came after they were measured."""
    seen = {pk: row.newest_preference for pk, row in newest.items()}
    if not seen:
        return set()
    added = Preference.objects.filter(pk__gt=min(seen.values()))
    last = added.values_list("comparison__project").annotate(Max("pk")).order_by()
    return {pk for pk, preference in last if preference > seen.get(pk, 0)}


def _has_news(row: ProjectFacts, report: AgreementReport | None) -> bool:
    added = Preference.objects.filter(
        pk__gt=row.newest_preference, comparison__project=row.project_id
    )
    return row.report_at != (report.computed_at if report else None) or added.exists()


def _is_stale(row: ProjectFacts, now: datetime, *, has_news: bool) -> bool:
    return has_news or now - row.held_until >= LOOK_ANYWAY


def _rests(row: ProjectFacts, now: datetime) -> bool:
    return now - row.held_until < timedelta(seconds=REST * row.seconds)


def _counted(project: Project) -> dict[str, Measured]:
    trainable = trainable_preferences(projects=[project], cutoff_at=None)
    return {"preferences": Measured(trainable.order_by().count())}


def _of_agreement(report: AgreementReport | None) -> dict[str, Measured]:
    """Figures of people's judgements, as the agreement page shows them first."""
    if report is None:
        return {}
    of_people = report.report["without_simulated"]
    counts = of_people["counts"]
    return {
        "judgements": Measured(counts["n_judgements"]),
        "annotators": Measured(counts["n_annotators"]),
        **{name: _figure(of_people["figures"][key]) for name, key in FIGURES.items()},
    }


def _figure(figure: Mapping[str, Any]) -> Measured:
    return Measured(figure["value"], figure["low"], figure["high"], figure["n_comparisons"])


def _of_training(project: Project) -> dict[str, Measured]:
    found = {}
    snapshot = Snapshot.objects.filter(projects=project).order_by("-frozen_at", "-pk").first()
    if snapshot is not None:
        found["held_out_pairs"] = Measured(snapshot.n_eval)
    evaluations = Evaluation.objects.filter(snapshot__projects=project)
    figures = evaluations.order_by("-recorded_at", "-pk").values_list("figures", flat=True).first()
    accuracy = (figures or {}).get("accuracy")
    if accuracy is not None:
        found["accuracy"] = Measured(
            accuracy.get("value"), accuracy.get("low"), accuracy.get("high"), accuracy.get("n")
        )
    return found


def _contested(project: Project) -> Measured:
    """Of the comparisons that have been judged to their end: those that wait for a ruling."""
    from alignment_core.agreement import wilson_interval  # numpy: for workers alone

    n_waiting = project.comparisons.filter(state=ComparisonState.ADJUDICATION).count()
    n_settled = live_preferences(project).filter(adjudication=None).count()
    n = n_waiting + n_settled
    if not n:
        return Measured()
    low, high = wilson_interval(n_waiting, n)
    return Measured(n_waiting / n, low, high, n)


def _as_json(measured: Measured) -> dict[str, Any]:
    return {
        name: value
        for name in ("value", "lower", "upper", "n")
        if (value := getattr(measured, name)) is not None
    }
