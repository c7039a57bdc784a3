"""Who may see training objects: site admins all of them, and the leads of every project that
contributed to one. Only site admins change anything; whoever leads a project decides with them on
what is proposed for it, as far as they may see both of the checkpoints.
"""

import uuid
from collections import defaultdict
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from annotate.access.permissions import leads_any, projects_led_by
from annotate.models import Project, User
from training.models import (
    Checkpoint,
    CheckpointKind,
    Evaluation,
    Proposal,
    Recipe,
    Round,
    Run,
    Schedule,
    Snapshot,
    Sweep,
)

Row = TypeVar("Row", Snapshot, Run, Checkpoint, Proposal, Recipe, Round, Schedule, Sweep)


def may_enter(user: User) -> bool:
    """Whether the training desk holds anything for this user."""
    return leads_any(user)


def visible_snapshots(user: User) -> QuerySet[Snapshot]:
    if user.is_site_admin:
        return Snapshot.objects.all()
    foreign = Project.objects.filter(snapshots=OuterRef("pk")).exclude(
        pk__in=projects_led_by(user).values("pk")
    )
    return Snapshot.objects.filter(~Exists(foreign), projects__isnull=False).distinct()


def visible_runs(user: User) -> QuerySet[Run]:
    """Runs whose whole ancestry comes from projects that the user leads."""
    if user.is_site_admin:
        return Run.objects.all()
    return Run.objects.filter(pk__in=_visible_run_ids(user))


def visible_checkpoints(user: User) -> QuerySet[Checkpoint]:
    """Bases that were brought along, for every lead, and what visible runs made."""
    if user.is_site_admin:
        return Checkpoint.objects.all()
    if not may_enter(user):
        return Checkpoint.objects.none()
    return Checkpoint.objects.filter(
        Q(kind=CheckpointKind.BASE) | Q(run__in=_visible_run_ids(user))
    )


def visible_sweeps(user: User) -> QuerySet[Sweep]:
    """Sweeps of which every run is visible."""
    if user.is_site_admin:
        return Sweep.objects.all()
    hidden = Run.objects.filter(sweep=OuterRef("pk")).exclude(pk__in=_visible_run_ids(user))
    return Sweep.objects.filter(~Exists(hidden), runs__isnull=False).distinct()


def visible_evaluations(user: User) -> QuerySet[Evaluation]:
    if user.is_site_admin:
        return Evaluation.objects.all()
    return Evaluation.objects.filter(run__in=_visible_run_ids(user))


def visible_recipes(user: User) -> QuerySet[Recipe]:
    if user.is_site_admin:
        return Recipe.objects.all()
    return Recipe.objects.filter(project__in=projects_led_by(user).values("pk"))


def visible_rounds(user: User) -> QuerySet[Round]:
    if user.is_site_admin:
        return Round.objects.all()
    return Round.objects.filter(recipe__project__in=projects_led_by(user).values("pk"))


def visible_proposals(user: User) -> QuerySet[Proposal]:
    """Of projects that the user leads, with nothing in them that is not theirs to see."""
    if user.is_site_admin:
        return Proposal.objects.all()
    seen = visible_checkpoints(user).values("pk")
    return Proposal.objects.filter(
        Q(rival=None) | Q(rival__in=seen),
        checkpoint__in=seen,
        project__in=projects_led_by(user).values("pk"),
    )


def visible_schedules(user: User) -> QuerySet[Schedule]:
    """Those of recipes of projects that the user leads."""
    rows = Schedule.objects.select_related("recipe__project", "created_by")
    if user.is_site_admin:
        return rows
    return rows.filter(recipe__project__in=projects_led_by(user).values("pk"))


def schedule_for(user: User, public_id: uuid.UUID) -> Schedule:
    """Raises: Http404."""
    return _one(visible_schedules(user), public_id)


def snapshot_for(user: User, public_id: uuid.UUID) -> Snapshot:
    """Raises: Http404."""
    return _one(visible_snapshots(user), public_id)


def run_for(user: User, public_id: uuid.UUID) -> Run:
    """Raises: Http404."""
    return _one(visible_runs(user), public_id)


def sweep_for(user: User, public_id: uuid.UUID) -> Sweep:
    """Raises: Http404."""
    return _one(visible_sweeps(user), public_id)


def checkpoint_for(user: User, public_id: uuid.UUID) -> Checkpoint:
    """Raises: Http404."""
    return _one(visible_checkpoints(user), public_id)


def recipe_for(user: User, public_id: uuid.UUID) -> Recipe:
    """Raises: Http404."""
    return _one(visible_recipes(user).select_related("project"), public_id)


def round_for(user: User, public_id: uuid.UUID) -> Round:
    """Raises: Http404."""
    return _one(visible_rounds(user).select_related("recipe__project", "version"), public_id)


def proposal_for(user: User, public_id: uuid.UUID) -> Proposal:
    """Raises: Http404."""
    return _one(visible_proposals(user), public_id)


def _one(rows: QuerySet[Row], public_id: uuid.UUID) -> Row:
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404("There is no such thing here.")
    return row


def _visible_run_ids(user: User) -> list[int]:
    """Of the runs that touch what the user leads, and no others, those that rest on nothing else.

    A run is younger than all that it started from, so each finds its parents judged before.
    """
    snapshots = set(visible_snapshots(user).values_list("pk", flat=True))
    projects = set(projects_led_by(user).values_list("pk", flat=True))
    near = Run.objects.filter(Q(snapshot__in=snapshots) | Q(project__in=projects))
    rewarded: dict[int, list[int | None]] = defaultdict(list)
    pairs = Run.reward_models.through.objects.filter(run__in=near.values("pk"))
    for pk, parent in pairs.values_list("run", "checkpoint__run"):
        rewarded[pk].append(parent)
    parents = ("base__run", "after", "against__run")
    visible: set[int] = set()
    for pk, snapshot, project, *others in near.order_by("pk").values_list(
        "pk", "snapshot", "project", *parents
    ):
        if (
            (snapshot is None or snapshot in snapshots)
            and (project is None or project in projects)
            and all(one is None or one in visible for one in (*others, *rewarded[pk]))
        ):
            visible.add(pk)
    return sorted(visible)
