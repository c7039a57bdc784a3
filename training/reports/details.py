"""Reads for the training pages, the API and the commands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from annotate.models import Comparison, ComparisonState, Judgement, Preference, User
from annotate.preferences.edits import in_words
from training.access.permissions import (
    visible_checkpoints,
    visible_evaluations,
    visible_runs,
    visible_snapshots,
)
from training.artifacts.store import lines_of, tar_size, tar_stream
from training.models import (
    Attempt,
    Checkpoint,
    Evaluation,
    Run,
    RunState,
    Snapshot,
    SnapshotPair,
    Split,
    Worker,
    with_is_champion,
)
from training.reports.alarms import alarms_of
from training.reports.curves import Curve, curves_of, samples_of_rollout, seconds_left
from training.reports.forecasts import Pace, pace_of
from training.runs.budgets import budget_use
from training.runs.order import in_order, places_in_queue
from training.runs.placement import Fleet
from training.runs.workers import live_workers

UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
RECENT = 5


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """Where a run stands: little enough to be asked for every second."""

    state: str
    phase: str
    step: int
    total_steps: int | None
    share: float | None  # of the present phase, in [0, 1]
    seconds_left: float | None  # of the present phase
    samples: tuple[int, int] | None  # of a rollout: how many answers are there, and of how many
    is_over: bool
    is_stopping: bool  # somebody asked it to cancel and it has not ended yet
    waits_for: Run | None  # the run that must succeed first
    place: int | None  # in the queue; 1 is next
    why_waits: str  # for its budget, or as no worker there can take it; empty where one will
    reason: str


@dataclass(frozen=True, kw_only=True)
class RunDetail:
    run: Run
    status: RunStatus
    curves: list[Curve]
    checkpoints: list[Checkpoint]  # the final one first, then those to resume from
    final: Checkpoint | None
    evaluation: Evaluation | None
    followers: list[Run]
    reward_models: list[Checkpoint]
    alarms: list[Any]
    settings: dict[str, Any]
    attempts: list[Attempt]
    pace: Pace | None
    can_cancel: bool
    can_resume: bool


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The training desk's front page."""

    unfinished: list[tuple[Run, RunStatus]]
    recent: list[Run]
    snapshots: list[Snapshot]
    checkpoints: list[Checkpoint]
    workers: list[Worker]


@dataclass(frozen=True, kw_only=True)
class SnapshotDetail:
    snapshot: Snapshot
    n_pairs_by_project: list[tuple[str, int]]
    n_train_pairs: int  # of outcome preference, on the training side
    n_eval_pairs: int
    n_erased: int
    judgements_by_kind: dict[str, int]
    edits_left_out: list[tuple[int, str | Promise]]  # how many, and why
    runs: list[Run]


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


def desk(user: User) -> Desk:
    runs = visible_runs(user).select_related("snapshot", "base", "after")
    checkpoints = with_is_champion(visible_checkpoints(user)).filter(is_final=True)
    checkpoints = checkpoints.order_by("-created_at", "-pk")
    unfinished = [
        *runs.filter(state=RunState.RUNNING).order_by("started_at", "pk"),
        *in_order(runs.filter(state=RunState.QUEUED)),
    ]
    places = places_in_queue()
    return Desk(
        unfinished=[(run, run_status(run, places)) for run in unfinished],
        recent=list(runs.exclude(state__in=UNFINISHED).order_by("-finished_at", "-pk")[:RECENT]),
        snapshots=list(visible_snapshots(user).order_by("-frozen_at", "-pk")[:RECENT]),
        checkpoints=list(checkpoints[:RECENT]),
        workers=list(live_workers().select_related("run").order_by("name")),
    )


def run_list(user: User) -> QuerySet[Run]:
    """Every run that the user may see, the newest first."""
    runs = visible_runs(user).select_related("snapshot", "base", "after", "project", "requested_by")
    return runs.order_by("-queued_at", "-pk")


def snapshot_list(user: User) -> QuerySet[Snapshot]:
    snapshots = visible_snapshots(user).prefetch_related("projects")
    return snapshots.order_by("-frozen_at", "-pk")


def checkpoint_list(user: User) -> QuerySet[Checkpoint]:
    """Bases and results; checkpoints that runs could be resumed from are shown with their run."""
    checkpoints = with_is_champion(visible_checkpoints(user)).filter(is_final=True)
    return checkpoints.select_related("run__snapshot", "run__base").order_by("-created_at", "-pk")


def run_status(run: Run, places: Mapping[int, int] | None = None) -> RunStatus:
    """`places` are those of the queue, where many runs are asked about."""
    if run.state == RunState.QUEUED and places is None:
        places = places_in_queue()
    is_over = run.state not in UNFINISHED
    waits_for = None
    if run.state == RunState.QUEUED and run.after and run.after.state != RunState.SUCCEEDED:
        waits_for = run.after
    share = min(1.0, run.step / run.total_steps) if run.total_steps else None
    return RunStatus(
        state=run.state,
        phase=run.phase,
        step=run.step,
        total_steps=run.total_steps,
        share=1.0 if run.state == RunState.SUCCEEDED else share,
        seconds_left=seconds_left(run),
        samples=samples_of_rollout(run),
        is_over=is_over,
        is_stopping=run.cancel_requested_at is not None and not is_over,
        waits_for=waits_for,
        place=(places or {}).get(run.pk),
        why_waits=_why_waits(run) if run.state == RunState.QUEUED else "",
        reason=run.reason,
    )


def _why_waits(run: Run) -> str:
    """By its project's budget, or for want of a worker; empty where it only waits its turn."""
    by_budget = budget_use(run.charged_to).why_waiting if run.charged_to else ""
    return by_budget or Fleet.now().why_not(run)


def run_detail(run: Run, user: User) -> RunDetail:
    checkpoints = list(run.checkpoints.order_by("-is_final", "-step"))
    return RunDetail(
        run=run,
        status=run_status(run),
        curves=curves_of(run),
        checkpoints=checkpoints,
        final=next((checkpoint for checkpoint in checkpoints if checkpoint.is_final), None),
        evaluation=Evaluation.objects.filter(run=run).first(),
        followers=list(visible_runs(user).filter(after=run).order_by("queued_at")),
        reward_models=list(run.reward_models.order_by("pk")),
        alarms=alarms_of(run),
        settings=run.settings,
        attempts=attempts_of(run),
        pace=pace_of(run),
        can_cancel=run.state in UNFINISHED and run.cancel_requested_at is None,
        can_resume=run.state in (RunState.FAILED, RunState.CANCELLED),
    )


def attempts_of(run: Run) -> list[Attempt]:
    return list(run.attempts.select_related("resumed_by").order_by("number"))


def snapshot_detail(snapshot: Snapshot) -> SnapshotDetail:
    pairs = snapshot.pairs.all()
    by_project = pairs.values_list("preference__comparison__project__name").annotate(n=Count("pk"))
    by_split = pairs.filter(preference__outcome="preference").values_list("split")
    n_by_split = dict(by_split.annotate(n=Count("pk")).order_by())
    kinds = judgements_behind(snapshot).values_list("annotator__kind").annotate(n=Count("pk"))
    return SnapshotDetail(
        snapshot=snapshot,
        n_pairs_by_project=sorted(by_project.order_by()),
        n_train_pairs=n_by_split.get(Split.TRAIN, 0),
        n_eval_pairs=n_by_split.get(Split.EVAL, 0),
        n_erased=pairs.filter(state=SnapshotPair.State.ERASED).count(),
        judgements_by_kind=dict(kinds.order_by("annotator__kind")),
        edits_left_out=in_words(snapshot.edits_left_out),
        runs=list(snapshot.runs.order_by("-queued_at")),
    )


def same_content(snapshot: Snapshot, user: User) -> list[tuple[Snapshot, bool]]:
    """Others with the same records, the newest first, and whether their sides are the same, too."""
    if not snapshot.records_sha256:
        return []
    others = visible_snapshots(user).filter(records_sha256=snapshot.records_sha256)
    return [
        (other, (other.split_salt, other.eval_share) == (snapshot.split_salt, snapshot.eval_share))
        for other in others.exclude(pk=snapshot.pk).order_by("-frozen_at", "-pk")
    ]


def checkpoint_detail(checkpoint: Checkpoint, user: User) -> CheckpointDetail:
    """What this reader may know of it: a base is measured and trained further by many projects."""
    met = Comparison.objects.filter(
        Q(first__origin=checkpoint.digest) | Q(second__origin=checkpoint.digest)
    ).exclude(state=ComparisonState.STAGED)
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
        n_comparisons=met.count(),
        n_judgements=Judgement.objects.filter(comparison__in=met, withdrawn_at=None).count(),
        archive_name=f"{top}.tar",
        archive_size=tar_size(checkpoint.manifest, top=top),
    )


def lineage_back(checkpoint: Checkpoint) -> list[Ancestor]:
    """The checkpoint, what it was trained from, and so on to the base that was brought along."""
    back = []
    here: Checkpoint | None = checkpoint
    while here is not None:
        run = here.run
        snapshot = run.snapshot if run else None
        projects = snapshot.projects.order_by("name") if snapshot else []
        back.append(
            Ancestor(
                checkpoint=here,
                run=run,
                snapshot=snapshot,
                projects=[project.name for project in projects],
            )
        )
        here = run.base if run else here.lies_over
    return back


def judgements_behind(snapshot: Snapshot) -> QuerySet[Judgement]:
    """Every judgement that a snapshot's preferences were made from."""
    return Judgement.objects.filter(
        used_in__preference__snapshot_pairs__snapshot=snapshot,
        used_in__preference__snapshot_pairs__edit=None,  # the edits' pairs are of them, too
    )


def checkpoints_from(preference: Preference) -> QuerySet[Checkpoint]:
    """Every checkpoint that learnt from a preference: by its run, or from one that did."""
    runs = set(
        Run.objects.filter(snapshot__pairs__preference=preference).values_list("pk", flat=True)
    )
    while found := set(Run.objects.filter(base__run__in=runs).values_list("pk", flat=True)) - runs:
        runs |= found
    return Checkpoint.objects.filter(run__in=runs).order_by("created_at", "pk")


def snapshot_lines(snapshot: Snapshot) -> Iterator[bytes]:
    """The snapshot's records as JSON Lines, for a download."""
    return lines_of(snapshot.file)


def archive_top(checkpoint: Checkpoint) -> str:
    """The one folder inside a checkpoint's archive."""
    name = "".join(letter if letter.isalnum() else "-" for letter in checkpoint.name).strip("-")
    return f"{name[:60] or 'checkpoint'}-{checkpoint.digest[:12]}"


def api_archive_top(checkpoint: Checkpoint) -> str:
    """The one folder inside the archive that the API sends."""
    return f"checkpoint-{checkpoint.digest[:12]}"


def archive_of(checkpoint: Checkpoint) -> Iterator[bytes]:
    """The checkpoint's directory as a tar archive, block by block."""
    return tar_stream(
        checkpoint.folder,
        checkpoint.manifest,
        top=archive_top(checkpoint),
        is_local=checkpoint.is_local,
    )
