"""Measuring what schedules ask about a project, by a worker: looking at schedules only reads it.

One row stands for as long as its facts do. A change opens the next row, but at most one an hour, so
that ninety days of a busy project are some two thousand rows.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotate.comparisons.visible import live_preferences
from annotate.models import AgreementReport, ComparisonState, Preference, Project
from annotate.preferences.trainable import trainable_preferences
from annotate.work.bells import ring_on_commit, ring_once, take_bell
from training.automation.counting import store_counts, uncounted
from training.automation.evaluating import Measured
from training.automation.model_facts import Asked, asked_of_models, model_facts
from training.automation.situations import budget_left
from training.automation.stored_clauses import MEASURED, OF_MODEL
from training.automation.vocabulary import fact_key
from training.models import Alias, Evaluation, ProjectFacts, Recipe, Schedule, Snapshot
from training.runs.budgets import budget_use

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
    """Ring once for each project with schedules that has changed since it was measured; how many.

    It only looks: a few queries, however many schedules and projects there are.
    """
    now = timezone.now()
    watched = Schedule.objects.filter(is_paused=False).select_related("recipe")
    newest = {row.project_id: row for row in _newest_rows().defer("facts")}
    with_news = _projects_with_news(newest)
    to_count = {row.recipe.project_id for row in uncounted(watched)}
    to_measure = {
        pk
        for pk in {row.recipe.project_id for row in watched}
        if (row := newest.get(pk)) is None
        or (_is_stale(row, now, has_news=pk in with_news) and not _rests(row, now))
    }
    for pk in sorted(to_count | to_measure):
        ring_once(MEASURE, pk)
    return len(to_count | to_measure)


def ring_for_facts_of(recipe: Recipe) -> None:
    """Have the project of a recipe measured, once the caller's transaction stands."""
    ring_on_commit(MEASURE, recipe.project_id)


def measure_facts_of(project_id: int) -> None:
    project = Project.objects.filter(pk=project_id).first()
    if project is not None:
        measure_facts(project)


def measure_facts(project: Project) -> None:
    """Measure a project and count for its schedules; nothing, where nothing has changed."""
    now, started = timezone.now(), time.monotonic()
    take_bell(MEASURE, project.pk)
    schedules = list(
        Schedule.objects.filter(recipe__project=project).select_related("recipe__project")
    )
    asked = asked_of_models(schedule.conditions for schedule in schedules)
    seen = _newest_seen()
    report = AgreementReport.stored_for(project)
    row = _newest_rows().filter(project=project).first()
    has_news = row is None or _has_news(row, report, asked)
    if row is not None and not _is_stale(row, now, has_news=has_news):
        _count(uncounted(schedules), now)
        return
    facts = {
        name: _as_json(measured)
        for name, measured in (
            _counted(project)
            | _of_agreement(report)
            | _of_snapshots(project)
            | _of_budget(project)
            | model_facts(project, asked)
            | {"contested_share": _contested(project)}
        ).items()
    }
    _count(schedules, now)
    try:
        with transaction.atomic():
            _write(
                project,
                now,
                {
                    "facts": facts,
                    "held_until": now,
                    **seen,
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
    """Projects with a row that came after they were measured, or with another agreement report."""
    reports = AgreementReport.objects.filter(project__in=newest)
    computed_at = dict(reports.values_list("project", "computed_at"))
    found = {pk for pk, row in newest.items() if computed_at.get(pk) != row.report_at}
    for column, (rows, project) in _watched_rows().items():
        seen = {pk: getattr(row, column) for pk, row in newest.items()}
        added = rows.filter(pk__gt=min(seen.values(), default=0))
        last = added.values_list(project).annotate(Max("pk")).order_by()
        found |= {pk for pk, last_pk in last if pk in seen and last_pk > seen[pk]}
    return found


def _watched_rows() -> dict[str, tuple[QuerySet[Any], str]]:
    """By the column that keeps the newest that was seen: rows, and where they name the project."""
    return {
        "newest_preference": (Preference.objects.all(), "comparison__project"),
        "newest_evaluation": (Evaluation.objects.all(), "snapshot__projects"),
        "newest_alias": (Alias.objects.all(), "project"),
    }


def _newest_seen() -> dict[str, int]:
    """Of all projects, so that what is looked for later begins near the end of each table."""
    return {
        column: rows.aggregate(newest=Max("pk"))["newest"] or 0
        for column, (rows, _to_project) in _watched_rows().items()
    }


def _has_news(row: ProjectFacts, report: AgreementReport | None, asked: Collection[Asked]) -> bool:
    if row.report_at != (report.computed_at if report else None):
        return True
    if not {fact_key(fact, of) for fact, of in asked} <= row.facts.keys():
        return True
    return any(
        rows.filter(pk__gt=getattr(row, column), **{to_project: row.project_id}).exists()
        for column, (rows, to_project) in _watched_rows().items()
    )


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


def _of_snapshots(project: Project) -> dict[str, Measured]:
    snapshot = Snapshot.objects.filter(projects=project).order_by("-frozen_at", "-pk").first()
    return {} if snapshot is None else {"held_out_pairs": Measured(snapshot.n_eval)}


def _of_budget(project: Project) -> dict[str, Measured]:
    return {"budget_seconds_left": budget_left(budget_use(project))}


def _count(schedules: Iterable[Schedule], now: datetime) -> None:
    for schedule in schedules:
        if not schedule.is_paused:
            store_counts(schedule, now=now)


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
        for name in (*MEASURED, *OF_MODEL)
        if (value := getattr(measured, name)) is not None
    }
