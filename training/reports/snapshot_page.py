"""A snapshot as its page shows it: from what was counted when it was frozen, however large."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise

from annotate.models import User
from annotate.preferences.edits import in_words
from training.access.permissions import visible_runs, visible_snapshots
from training.artifacts.store import lines_of
from training.models import Run, Snapshot, SnapshotPair


@dataclass(frozen=True, kw_only=True)
class SnapshotDetail:
    snapshot: Snapshot
    n_pairs_by_project: list[tuple[str, int]]
    n_erased: int
    edits_left_out: list[tuple[int, str | Promise]]  # how many, and why
    runs: list[Run]


def snapshot_detail(snapshot: Snapshot, user: User) -> SnapshotDetail:
    by_project = snapshot.pairs_by_project
    return SnapshotDetail(
        snapshot=snapshot,
        n_pairs_by_project=[
            (project.name, by_project.get(str(project.pk), 0))
            for project in snapshot.projects.order_by("name")
        ],
        n_erased=snapshot.pairs.filter(state=SnapshotPair.State.ERASED).count(),
        edits_left_out=in_words(snapshot.edits_left_out),
        runs=list(visible_runs(user).filter(snapshot=snapshot).order_by("-queued_at")),
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


def snapshot_lines(snapshot: Snapshot) -> Iterator[bytes]:
    """The snapshot's records as JSON Lines, for a download."""
    return lines_of(snapshot.file)
