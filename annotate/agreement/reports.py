"""Agreement figures, computed by a worker and stored: a page or the API only ever reads them."""

from datetime import timedelta

from django.db.models.functions import Now

from annotate.agreement.taking_part import Fingerprint, fingerprint
from annotate.database.transactions import consistent_read
from annotate.models import AgreementReport, Project
from annotate.work.bells import ring_on_commit, ring_once, take_bell

REFRESH = "annotate.tasks.refresh_agreement_of"
REST = 20  # where judging never stops, figures take at most one part in so many of a worker


def queue_refresh(*, project: Project) -> None:
    """Have the project's figures computed, once the caller's transaction stands."""
    ring_on_commit(REFRESH, project.pk)


def refresh_stale_reports() -> int:
    """Ring once for each project whose judgements have changed; how many they are.

    It only looks: the scheduler calls it, and must not be held up by the computing.
    """
    current = AgreementReport.objects.filter(report__schema=AgreementReport.SCHEMA)
    stored = {report.project_id: report for report in current.defer("report")}
    n_stale = 0
    for project in Project.objects.order_by("pk"):
        if not _rests(project) and _is_stale(stored.get(project.pk), fingerprint(project)):
            ring_once(REFRESH, project.pk)
            n_stale += 1
    return n_stale


def refresh_report(project: Project) -> AgreementReport:
    """The project's figures as of now. Called twice, the second computes nothing."""
    from annotate.agreement.counts import read_counts, report_of  # numpy: for workers alone

    take_bell(REFRESH, project.pk)
    stored = AgreementReport.stored_for(project)
    with consistent_read():
        current = fingerprint(project)
        counts = read_counts(project) if _is_stale(stored, current) else None
    values: dict[str, object] = {"computed_at": Now()}
    if counts is not None:
        values |= {
            "report": report_of(counts),
            "n_judgements": current.n_judgements,
            "last_change_at": current.last_change_at,
        }
    AgreementReport.objects.update_or_create(project=project, defaults=values)
    return AgreementReport.objects.get(project=project)


def _is_stale(stored: AgreementReport | None, current: Fingerprint) -> bool:
    return stored is None or current != Fingerprint(stored.n_judgements, stored.last_change_at)


def _rests(project: Project) -> bool:
    """Whether the figures took so long that it is too early to compute them again."""
    reports = AgreementReport.objects.filter(project=project)
    seconds = reports.values_list("report__seconds", flat=True).first() or 0
    return reports.filter(computed_at__gt=Now() - timedelta(seconds=REST * seconds)).exists()
