"""Reports of several projects as one: asked for here, computed by a worker, and kept."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.agreement.alike import require_alike
from annotate.agreement.taking_part import fingerprint
from annotate.comparisons.resolution_rule import offered_verdicts
from annotate.database.transactions import consistent_read
from annotate.errors import InvalidInput
from annotate.models import UNFINISHED, AgreementReport, Annotator, MergedReport, Project, WorkState
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost, Work
from annotate.work.heartbeat import Heartbeat

MERGED_REPORTS = Work(MergedReport, "annotate.tasks.compute_merged_report")
MOST_PROJECTS = 20


def ask_for_merged(*, projects: Sequence[Project], requested_by: Annotator | None) -> MergedReport:
    """The row of these projects, computed afresh unless it is as they are now.

    Raises: InvalidInput where figures of all together would mean none, or they are too few or many.
    """
    if not 2 <= len(projects) <= MOST_PROJECTS:
        raise InvalidInput(
            _("Name between 2 and %(most)d projects.") % {"most": MOST_PROJECTS},
            field="projects",
            value=str(len(projects)),
        )
    require_alike(projects)
    with transaction.atomic():
        row, is_new = MergedReport.objects.get_or_create(
            which=_digest(projects), defaults={"requested_by": requested_by}
        )
        if is_new:
            row.projects.set([project.pk for project in projects])
            MERGED_REPORTS.ring_on_commit(row.pk)
        elif not is_current(row):
            _queue_again(row, requested_by)
    row.refresh_from_db()
    return row


def projects_of(row: MergedReport) -> list[Project]:
    """In the order of their addresses; none where one of them is no more."""
    projects = list(row.projects.order_by("slug"))
    return projects if projects and _digest(projects) == row.which else []


def is_current(row: MergedReport) -> bool:
    """Whether it has figures of the judgements as they are now, or is about to."""
    if row.state in UNFINISHED:
        return True
    if row.state == WorkState.SUCCEEDED and not has_figures(row):
        return False
    return bool(row.made_from == _fingerprints(projects_of(row)))


def has_figures(row: MergedReport) -> bool:
    """Whether they may be shown: computed, and as reports are made today."""
    schema = (row.report or {}).get("schema")
    return row.state == WorkState.SUCCEEDED and bool(schema == AgreementReport.SCHEMA)


def compute_merged_report(*, merged_report_id: int) -> None:
    """Compute a queued report. Called twice, the second finds nothing to claim and returns."""
    held = MERGED_REPORTS.claim(merged_report_id)
    if held is None:
        return
    made_from: dict[str, list[str]] = {}
    try:
        with in_language_of(held.row.user), _Reading(held) as reading:
            _compute(held, reading, made_from)
    except ClaimLost:
        return
    except InvalidInput as error:
        held.fail(str(error), made_from=made_from)  # it stays refused until one of these changes


class _Reading(Heartbeat):
    """Tells how many projects have been read: nothing may be written within the reading itself."""

    look_seconds = 1.0
    n_read = 0

    def look(self) -> None:
        self.claim.write(n_done=self.n_read)

    def read(self, number: int) -> None:
        self.n_read = number


def _compute(held: Claim[MergedReport], reading: _Reading, made_from: dict[str, list[str]]) -> None:
    from annotate.agreement.counts import report_of  # numpy: for workers alone
    from annotate.agreement.merged import merged_counts

    projects = projects_of(held.row)
    if not projects:
        raise InvalidInput(
            _("One of the projects is no more."), field="projects", value=str(held.row)
        )
    held.write(n_total=len(projects))
    with consistent_read():
        made_from |= _fingerprints(projects)
        require_alike(projects)
        counts = merged_counts(projects, on_read=reading.read)
    reading.read(len(projects))
    report = report_of(counts)
    held.succeed(
        report=report,
        n_judgements=counts.everybody.n_judgements,
        made_from=made_from,
        computed_at=Now(),
        n_done=len(projects),
    )


def _queue_again(row: MergedReport, requested_by: Annotator | None) -> None:
    """Have a finished report computed again; of two who ask at once, the second finds it queued."""
    finished = MergedReport.objects.filter(pk=row.pk).exclude(state__in=UNFINISHED)
    queued = finished.update(
        state=WorkState.QUEUED,
        attempt=0,
        n_done=0,
        reason="",
        requested_by=requested_by,
        requested_at=Now(),
        finished_at=None,
    )
    if queued:
        MERGED_REPORTS.ring_on_commit(row.pk)


def _digest(projects: Sequence[Project]) -> str:
    named = ",".join(sorted(str(project.pk) for project in projects))
    return hashlib.sha256(named.encode()).hexdigest()


def _fingerprints(projects: Sequence[Project]) -> dict[str, list[str]]:
    """Of the judgements of each, and of the verdicts that its people may choose from."""
    found = {}
    for project in projects:
        now = fingerprint(project)
        changed = "" if now.last_change_at is None else now.last_change_at.isoformat()
        offered = ",".join(sorted(offered_verdicts(project)))
        found[str(project.pk)] = [str(now.n_judgements), changed, offered]
    return found
