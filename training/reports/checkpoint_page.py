"""A checkpoint as its page shows it."""

from dataclasses import dataclass, field

from django.db.models import Q

from annotate.access.permissions import projects_led_by
from annotate.models import Comparison, ComparisonState, Completion, Judgement, User
from training.access.permissions import visible_checkpoints, visible_evaluations
from training.artifacts.store import tar_size
from training.lineage.family import Family
from training.models import Checkpoint, Evaluation, Run, Snapshot
from training.reports.checkpoint_archive import archive_top


@dataclass(frozen=True, kw_only=True)
class Ancestor:
    """One step back from a checkpoint: the run that made it, from what, on what."""

    checkpoint: Checkpoint
    run: Run | None  # None for a base that was brought along
    snapshot: Snapshot | None
    projects: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CheckpointDetail:
    checkpoint: Checkpoint
    evaluations: list[Evaluation]
    back: list[Ancestor]  # itself first, the base last
    made_from_it: list[Checkpoint]
    n_comparisons: int  # in which people meet its completions
    n_judgements: int  # of those comparisons
    archive_name: str
    archive_size: int


def checkpoint_detail(checkpoint: Checkpoint, user: User) -> CheckpointDetail:
    """What this reader may know of it: a base is measured and trained further by many projects."""
    n_comparisons, n_judgements = _met_by_people(checkpoint, user)
    top = archive_top(checkpoint)
    return CheckpointDetail(
        checkpoint=checkpoint,
        evaluations=list(
            visible_evaluations(user)
            .filter(checkpoint=checkpoint)
            .select_related("snapshot", "run")
            .order_by("-recorded_at")
        ),
        back=lineage_back(checkpoint),
        made_from_it=list(
            visible_checkpoints(user)
            .filter(run__base=checkpoint, is_final=True)
            .order_by("created_at")
        ),
        n_comparisons=n_comparisons,
        n_judgements=n_judgements,
        archive_name=f"{top}.tar",
        archive_size=tar_size(checkpoint.manifest, top=top),
    )


def _met_by_people(checkpoint: Checkpoint, user: User) -> tuple[int, int]:
    """In how many comparisons of the reader's projects its answers are, and how many judgements
    there are of those.

    Each side by its index, once where both answers are its own.
    """
    theirs = Completion.objects.filter(origin=checkpoint.digest, origin__gt="").values("pk")
    of_first, of_second = Q(first__in=theirs), Q(second__in=theirs)
    n_comparisons = n_judgements = 0
    for of_side in (of_first, of_second & ~of_first):
        met = Comparison.objects.filter(of_side).exclude(state=ComparisonState.STAGED)
        if not user.is_site_admin:  # answers of a base may be judged in every project
            met = met.filter(project__in=projects_led_by(user).values("pk"))
        n_comparisons += met.count()
        n_judgements += Judgement.objects.filter(
            comparison__in=met.values("pk"), withdrawn_at=None
        ).count()
    return n_comparisons, n_judgements


def lineage_back(checkpoint: Checkpoint) -> list[Ancestor]:
    """The checkpoint, what it was trained from, and so on to the base that was brought along."""
    line = Family.of_all(checkpoint.pk).line(checkpoint.pk)
    rows = Checkpoint.objects.filter(pk__in=line).select_related("run__snapshot")
    found = rows.defer("manifest").prefetch_related("run__snapshot__projects").in_bulk()
    return [_ancestor(found[pk]) for pk in line]


def _ancestor(checkpoint: Checkpoint) -> Ancestor:
    snapshot = checkpoint.run.snapshot if checkpoint.run else None
    projects = snapshot.projects.all() if snapshot else []
    return Ancestor(
        checkpoint=checkpoint,
        run=checkpoint.run,
        snapshot=snapshot,
        projects=sorted(project.name for project in projects),
    )
