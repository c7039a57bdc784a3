"""What is waiting for somebody: the home page's one question, asked of each project."""

from dataclasses import dataclass

from django.db.models import Count

from annotate.access.permissions import memberships_of, visible_projects
from annotate.judging.next_comparison import is_exhausted
from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    Lease,
    LeaseState,
    Membership,
    Project,
    Role,
    Standing,
    User,
)


@dataclass(frozen=True)
class Waiting:
    """A project as one person meets it."""

    project: Project
    role: Role
    is_member: bool  # a site admin sees projects that they have no part in
    n_judged: int
    has_work: bool  # a comparison may be open for them; the claim decides
    has_new_guidelines: bool
    n_adjudication: int
    n_flags: int


def waiting_for(user: User) -> list[Waiting]:
    """One entry for each project that the user may see, by name."""
    projects = list(visible_projects(user).order_by("name"))
    memberships = {row.project_id: row for row in memberships_of(user).select_related("project")}
    judged = _judged_by(user, projects)
    roles = {project.pk: _role(user, memberships.get(project.pk)) for project in projects}
    reviewed = [project for project in projects if roles[project.pk] != Role.ANNOTATOR]
    disputed, flagged = _disputed(reviewed), _flagged(reviewed)
    return [
        Waiting(
            project=project,
            role=roles[project.pk],
            is_member=project.pk in memberships,
            n_judged=judged.get(project.pk, 0),
            has_work=has_work(project, memberships.get(project.pk)),
            has_new_guidelines=has_unread_guidelines(project, memberships.get(project.pk)),
            n_adjudication=disputed.get(project.pk, 0),
            n_flags=flagged.get(project.pk, 0),
        )
        for project in projects
    ]


def has_work(project: Project, membership: Membership | None) -> bool:
    """Whether there may be something to judge; only the claim knows for certain."""
    stopped = (Standing.PAUSED, Standing.FAILED)
    if membership is None or project.is_paused or membership.standing in stopped:
        return False
    held = Lease.objects.filter(
        annotator=membership.annotator_id,
        project=project,
        state=LeaseState.LIVE,
        is_offline=False,
    )
    if held.exists():
        return True
    if is_exhausted(membership):
        return False
    return Comparison.objects.filter(project=project, is_open=True, is_derived=False).exists()


def has_unread_guidelines(project: Project, membership: Membership | None) -> bool:
    return (
        membership is not None
        and bool(project.guidelines.strip())
        and membership.guidelines_read < project.guidelines_version
    )


def _role(user: User, membership: Membership | None) -> Role:
    if user.is_site_admin or membership is None:
        return Role.LEAD
    return Role(membership.role)


def _judged_by(user: User, projects: list[Project]) -> dict[int, int]:
    rows = Judgement.objects.filter(
        annotator__user=user, project__in=projects, withdrawn_at=None, is_derived=False
    ).values("project")
    return dict(rows.annotate(n=Count("id")).values_list("project", "n"))


def _disputed(projects: list[Project]) -> dict[int, int]:
    rows = Comparison.objects.filter(project__in=projects, state=ComparisonState.ADJUDICATION)
    return dict(rows.values("project").annotate(n=Count("id")).values_list("project", "n"))


def _flagged(projects: list[Project]) -> dict[int, int]:
    rows = Comparison.objects.filter(
        flags__isnull=False, flags__closed_at=None, project__in=projects
    )
    return dict(
        rows.values("project").annotate(n=Count("id", distinct=True)).values_list("project", "n")
    )
