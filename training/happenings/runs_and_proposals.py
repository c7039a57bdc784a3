"""The beat: what happened in training is found in its rows, and told once.

Whoever leads a project hears of a run that is of that project alone; of others, site admins.
"""

from datetime import timedelta

from django.db.models.functions import Now
from django.urls import reverse

from annotate.models import NoticeKind, Project
from annotate.notices.events import not_noted, note, open_notices, resolve
from training.models import Proposal, ProposalState, Run, RunState

LOOK_BACK = timedelta(days=2)  # a beat that was away for longer tells nothing old
MOST_AT_ONCE = 200


def find_failed_runs() -> int:
    failed = Run.objects.filter(state=RunState.FAILED, finished_at__gt=Now() - LOOK_BACK)
    of_which = failed.select_related("project", "charged_to", "snapshot").order_by("-pk")
    # resumed, a run may fail once more
    runs = {f"{run.public_id}/{run.attempt}": run for run in of_which[:MOST_AT_ONCE]}
    return sum(
        note(
            kind=NoticeKind.RUN_FAILED,
            subject=subject,
            project=project_of(runs[subject]),
            facts={
                "name": str(runs[subject]),
                "reason": runs[subject].reason[:300],
                "path": reverse("training:run", args=[runs[subject].public_id]),
            },
        )
        for subject in sorted(not_noted(NoticeKind.RUN_FAILED, runs))
    )


def project_of(run: Run) -> Project | None:
    """The one project that a run is of; None where there are several, or none."""
    if run.project is not None:
        return run.project
    if run.snapshot is not None:
        projects = list(run.snapshot.projects.all()[:2])
        return projects[0] if len(projects) == 1 else None
    return run.charged_to


def look_at_proposals() -> None:
    """Open ones are told of, with whether they pass the gate; decided ones no longer wait."""
    waiting = Proposal.objects.filter(state=ProposalState.OPEN)
    for proposal in waiting.select_related("project", "checkpoint").order_by("-pk")[:MOST_AT_ONCE]:
        note(
            kind=NoticeKind.PROPOSAL,
            subject=str(proposal.public_id),
            project=proposal.project,
            facts={
                "name": str(proposal.checkpoint),
                "passes": not proposal.evidence.get("obstacles"),
                "path": reverse("training:proposal", args=[proposal.public_id]),
            },
        )
    told = {notice.subject: notice for notice in open_notices(NoticeKind.PROPOSAL)}
    still = waiting.filter(public_id__in=told).values_list("public_id", flat=True)
    for subject in told.keys() - {str(public_id) for public_id in still}:
        resolve(kind=NoticeKind.PROPOSAL, subject=subject, project=told[subject].project)
