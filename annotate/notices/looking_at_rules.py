"""The beat: what is measured is held against its bound, and what happened is found."""

from datetime import timedelta

from django.db.models.functions import Now

from annotate.models import Import, Notice, NoticeKind, Project, WorkState
from annotate.notices.events import not_noted, note, open_or_update, resolve
from annotate.notices.notice_rules.known_rules import RULES, InForce, rules_in_force
from annotate.notices.notice_rules.rule import Measured

LOOK_BACK = timedelta(days=2)  # a beat that was away for longer tells nothing old
MOST_AT_ONCE = 200


def look_at_projects() -> None:
    """Hold what is measured in each project against its rules."""
    for project in Project.objects.prefetch_related("notice_rules").order_by("pk"):
        look_at(project)


def look_at(project: Project) -> None:
    measured = Measured(project)
    for kind, in_force in rules_in_force(project).items():
        if kind in RULES:
            _evaluate(measured, in_force)


def _evaluate(measured: Measured, in_force: InForce) -> None:
    project, kind = measured.project, in_force.kind
    standing = set(
        Notice.objects.filter(project=project, kind=kind, resolved_at=None).values_list(
            "subject", flat=True
        )
    )
    if not in_force.is_on or in_force.bound is None:
        _resolve_all(project, kind, standing)
        return
    readings = RULES[kind].read(measured, in_force.bound)
    if readings is None:  # nothing is known now: what stands goes on standing
        return
    found = {reading.subject: reading for reading in readings}
    for subject, reading in found.items():
        if reading.is_met:
            open_or_update(kind=kind, subject=subject, project=project, facts=reading.facts)
        elif reading.is_met is False and subject in standing:
            resolve(kind=kind, subject=subject, project=project)
    _resolve_all(project, kind, standing - found.keys())


def _resolve_all(project: Project, kind: NoticeKind, subjects: set[str]) -> None:
    for subject in subjects:
        resolve(kind=kind, subject=subject, project=project)


def find_failed_imports() -> int:
    """The rows are the truth: each failed import is told of once, however often one looks."""
    failed = Import.objects.filter(state=WorkState.FAILED, finished_at__gt=Now() - LOOK_BACK)
    rows = {
        str(row.public_id): row
        for row in failed.select_related("project").order_by("-pk")[:MOST_AT_ONCE]
    }
    return sum(
        note(
            kind=NoticeKind.IMPORT_FAILED,
            subject=subject,
            project=rows[subject].project,
            facts={"name": rows[subject].file_name, "reason": rows[subject].reason[:300]},
        )
        for subject in sorted(not_noted(NoticeKind.IMPORT_FAILED, rows))
    )
